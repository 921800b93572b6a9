export { Passwords } from './passwords';
export { type Claims, TokenRefused, Tokens } from './tokens';
