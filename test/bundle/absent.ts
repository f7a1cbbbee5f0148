/** Stands in the bundle for a package that no run of ours loads. */
throw new Error('this package is not part of the bundle');
