/** Names of accounts: they are also names of directories, so none of them leads out of the state directory. */
export const accountNamePattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** What a name of an account must be, in words. */
export const expectedAccountName = 'expected 1 to 63 lower-case letters, digits and dashes, such as main';
