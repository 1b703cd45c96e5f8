/** A failure that its message explains whole: what is wrong, and what to do. */
export class UpError extends Error {}
