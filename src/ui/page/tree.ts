import type { Descriptor } from '../../oci/descriptor.ts';
import type { BlobOutcome } from '../../promotion/events.ts';
import { mediaTypeText } from '../media-type.ts';
import { bytesText, counted } from '../quantities.ts';
import { empty, html, type Markup } from './markup.ts';
import type { AttachedNode, Node, Trace, TracedImage } from './trace.ts';

/** The words and the classes for how a blob came to be there; the words say it where colours do not. */
export const outcomeWords: Readonly<Record<BlobOutcome, string>> = {
  existing: 'there',
  mounted: 'mounted',
  uploaded: 'sent',
};

/** An image as a tree: index → platforms → config and layers, and what is attached. */
export function tree(image: TracedImage, trace: Trace): Markup {
  const attached =
    image.attached.length === 0
      ? empty
      : html`<h3>Attached</h3><ul class="tree">${image.attached.map((each) => attachedItem(each, image, trace))}</ul>`;
  return html`<ul class="tree">${item(image.root, mediaTypeText(image.root.mediaType), image, trace)}</ul>${attached}`;
}

function attachedItem({ node, tag }: AttachedNode, image: TracedImage, trace: Trace): Markup {
  return item(node, tag ?? node.artifactType ?? mediaTypeText(node.mediaType), image, trace);
}

function item(node: Node, name: string, image: TracedImage, trace: Trace): Markup {
  const { blobs, children } = node;
  const head = html`<span class="name">${name}</span> <code>${node.digest}</code> <small>${bytesText(node.size)}</small>`;
  if (blobs.length + children.length === 0) return html`<li>${head}</li>`;
  return html`<li><details${open(node, image)}><summary>${head} ${contents(node, image, trace)}</summary><ul>${[
    ...blobs.map((blob, index) => blobItem(blob, index, image, trace)),
    ...children.map((child) => item(child, childName(child), image, trace)),
  ]}</ul></details></li>`;
}

/** What is below an index is shown at once; the layers of its platforms when they are asked for. */
function open(node: Node, { root }: TracedImage): Markup {
  return node === root ? html` open` : empty;
}

function contents({ blobs, children }: Node, image: TracedImage, trace: Trace): Markup {
  if (children.length > 0) return html`<small>${counted(children.length, 'manifest')}</small>`;
  const outcomes = blobs.map(({ digest }) => trace.outcome(image.repository, digest));
  const states = (['existing', 'mounted', 'uploaded', undefined] as const).map((how) => ({
    how,
    count: outcomes.filter((outcome) => outcome === how).length,
  }));
  return html`${states.filter(({ count }) => count > 0).map(({ how, count }) => html` ${state(how, `${count} `)}`)}`;
}

/** @param count in front of the word; empty for a blob alone */
function state(how: BlobOutcome | undefined, count: string): Markup {
  if (how === undefined) return html`<b class="none">${count}not copied</b>`;
  return html`<b class="${how}">${count}${outcomeWords[how]}</b>`;
}

function childName({ platform, artifactType, mediaType }: Node): string {
  return platform ?? artifactType ?? mediaTypeText(mediaType);
}

function blobItem({ digest, size, mediaType }: Descriptor, index: number, image: TracedImage, trace: Trace): Markup {
  const how = trace.outcome(image.repository, digest);
  const what = index === 0 && /config|empty/.test(mediaType) ? 'config' : 'layer';
  return html`<li>${state(how, '')} ${what} <code>${digest}</code> <small>${bytesText(size)}</small></li>`;
}
