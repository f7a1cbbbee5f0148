import { version } from './cli/version.ts';

const words = process.argv.slice(2);

// Nothing else is loaded for this: it is what people and scripts call to see whether the tool is there.
if (words.length === 1 && words[0] === '--version') process.stdout.write(`${version}\n`);
else import('./process.ts').then(({ start }) => start(words, process.env));
