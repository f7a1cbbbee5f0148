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
  return html`<li><details${open(node, image)}><summary>${head} <small>${contents(node)}</small></summary><ul>${[
    ...blobs.map((blob, index) => blobItem(blob, index, image, trace)),
    ...children.map((child) => item(child, childName(child), image, trace)),
  ]}</ul></details></li>`;
}

/** What is below an index is shown at once; the layers of its platforms when they are asked for. */
function open(node: Node, { root }: TracedImage): Markup {
  return node === root ? html` open` : empty;
}

function contents({ blobs, children }: Node): string {
  if (children.length > 0) return counted(children.length, 'manifest');
  return counted(blobs.length, 'blob');
}

function childName({ platform, artifactType, mediaType }: Node): string {
  return platform ?? artifactType ?? mediaTypeText(mediaType);
}

function blobItem({ digest, size, mediaType }: Descriptor, index: number, image: TracedImage, trace: Trace): Markup {
  const how = trace.outcome(image.repository, digest);
  const state =
    how === undefined ? html`<b class="none">not copied</b>` : html`<b class="${how}">${outcomeWords[how]}</b>`;
  const what = index === 0 && /config|empty/.test(mediaType) ? 'config' : 'layer';
  return html`<li>${state} ${what} <code>${digest}</code> <small>${bytesText(size)}</small></li>`;
}
