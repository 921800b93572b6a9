export { Passwords, type PasswordsOptions } from './passwords';
export { type Claims, TokenRefused, Tokens, type TokensOptions } from './tokens';
