/** What the name of an account may be: it names a directory, and stands in metrics. */
export const accountName = /^[a-z0-9][a-z0-9-]{0,62}$/;
