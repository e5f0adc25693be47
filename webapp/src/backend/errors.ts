/** The session has expired; the user must sign in again. */
export class SignedOut extends Error {}

/** The session must be renewed, and the sign-in service does not respond. */
export class NotRenewed extends Error {}

/** The write was not sent, or was rejected, because this Region is not writable. */
export class NotWritable extends Error {}
