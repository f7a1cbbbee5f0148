import type { Option } from './option.ts';

const placed = ['copy', 'plan', 'verify', 'check', 'iam'] as const;
const both = ['copy', 'plan', 'verify', 'check'] as const;

const from = 'What:';
const to = 'Where:';

/** What is promoted, and where to. */
export const imageOptions = [
  { name: 'source', kind: 'text', group: from, commands: placed, help: 'Whole reference, instead of the parts below' },
  { name: 'source-project', kind: 'text', group: from, commands: placed, help: 'Project', otherwise: 'PROJECT_ID' },
  { name: 'source-location', kind: 'text', group: from, commands: placed, help: 'Location', otherwise: '--location' },
  { name: 'source-repo', kind: 'text', group: from, commands: placed, help: 'Artifact Registry repository' },
  { name: 'image', kind: 'list', group: from, commands: both, help: 'Image; may carry its own :tag or @digest. List' },
  { name: 'tag', kind: 'list', group: from, commands: both, help: 'Tag of each image. List' },
  {
    name: 'images-file',
    kind: 'text',
    group: from,
    commands: both,
    help: 'File (- is standard input) with an image a line, as --image takes it, or SOURCE [DESTINATION]',
  },
  { name: 'all-tags', kind: 'switch', group: from, commands: both, help: 'Every tag of each image' },
  { name: 'recursive', kind: 'switch', group: from, commands: both, help: 'Every tag of every image below the source' },
  { name: 'include', kind: 'list', group: from, commands: both, help: 'Of those, the tags that match a glob. List' },
  {
    name: 'exclude',
    kind: 'list',
    group: from,
    commands: both,
    help: 'Of those, not the tags that match a glob. List',
  },
  { name: 'newest', kind: 'text', group: from, commands: both, help: "Of those, so many of each image's tags" },
  { name: 'untagged', kind: 'switch', group: from, commands: both, help: 'Manifests without a tag as well, by digest' },
  {
    name: 'location',
    kind: 'text',
    group: from,
    commands: placed,
    help: 'Location of both sides',
    otherwise: "the build's LOCATION",
  },

  {
    name: 'dest',
    kind: 'list',
    group: to,
    commands: placed,
    help: 'Whole reference, instead of the parts below. List',
  },
  {
    name: 'dest-project',
    kind: 'text',
    group: to,
    commands: placed,
    help: 'Project',
    otherwise: "the source's",
    safeguard: true,
  },
  {
    name: 'dest-location',
    kind: 'text',
    group: to,
    commands: placed,
    help: 'Location',
    otherwise: "--location, or the source's",
    safeguard: true,
  },
  {
    name: 'dest-repo',
    kind: 'text',
    group: to,
    commands: placed,
    help: 'Artifact Registry repository',
    otherwise: "the source's",
    safeguard: true,
  },
  { name: 'dest-image', kind: 'text', group: to, commands: both, help: 'Image', otherwise: "the source's" },
  { name: 'dest-tag', kind: 'list', group: to, commands: both, help: 'Tag. List', otherwise: "the source's" },
] as const satisfies readonly Option[];
