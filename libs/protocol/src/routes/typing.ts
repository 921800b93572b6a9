import { route } from '../action';
import { typing } from '../typing';

/** REST routes on typing. */
export const typingRoutes = {
  typing: route({
    method: 'POST',
    path: '/api/typing',
    summary: typing.summary,
    status: 200,
    access: typing.access,
    body: typing.input,
    output: typing.output,
    errors: typing.errors,
  }),
} as const;
