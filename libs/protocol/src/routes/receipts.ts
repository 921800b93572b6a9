import { route } from '../action';
import { read } from '../receipts';

/** REST routes on receipts. */
export const receiptsRoutes = {
  read: route({
    method: 'POST',
    path: '/api/messages/read',
    summary: read.summary,
    status: 200,
    access: read.access,
    body: read.input,
    output: read.output,
    errors: read.errors,
  }),
} as const;
