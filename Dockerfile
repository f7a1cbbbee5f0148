# Builds the bundle on one image and runs it on another. Both can be replaced (--build-arg) and pinned by digest
# (README, "Build the image"). RUNTIME_IMAGE must have Node 24 at /nodejs/bin/node, as the distroless images do.
ARG NODE_IMAGE=mirror.gcr.io/library/node:24
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json tsconfig.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY src src
COPY test/build.ts test/build.ts
COPY test/bundle test/bundle
RUN node test/build.ts

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="promote" \
      org.opencontainers.image.description="Cloud Build step that copies a tested image between two projects' Artifact Registry repositories and proves that it arrived" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
COPY --from=build /build/dist/*.cjs /build/dist/*.cjs.map /build/dist/*.txt /app/
# Compiled once, here, by the Node, the flags and the user (root) that the step runs with: any other misses it silently.
ENV NODE_COMPILE_CACHE=/app/compile-cache
RUN ["/nodejs/bin/node", "--max-semi-space-size=1", "--max-old-space-size=2000", "/app/promote.cjs", "--help"]
# They keep the peak of memory down, of large layers and of batches of thousands (npm run soak): below 2 GiB V8 lets the
# heap grow to twice what is alive, else to four times. Flags that the compiled code depends on would slow the start.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=1", "--max-old-space-size=2000", "/app/promote.cjs"]
