/** A file is no photo that browsers show: trying again cannot help. */
export class Unreadable extends Error {}
