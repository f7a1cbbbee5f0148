/** What is answered with 200 now and then where a list was asked for, and lists nothing. */
export const notLists: readonly unknown[] = [{}, [], { errors: [{ code: 'TOOMANYREQUESTS' }] }, null];
