export const placeholder = 'terminus';
