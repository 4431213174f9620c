# The image of vonage-gitops: the bundled program, Node.js, and git with what it needs. Nothing is written but to /var/lib/vonage-gitops,
# so it runs with a read-only root file system and without any privilege.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc rolldown.config.ts tsconfig.json ./
COPY tools ./tools
RUN npm ci --ignore-scripts
COPY scripts ./scripts
COPY src ./src
# What `version` tells; without it the commit is unknown, for the image is built without a checkout.
ARG SOURCE_COMMIT
RUN npm run build -- --sourcemap
# The certificate authorities that Node.js brings, for git.
RUN node --eval 'process.stdout.write(require("node:tls").rootCertificates.join("\n"))' > authorities.pem

FROM node:24-bookworm-slim
ARG VERSION=0.1.0
ARG SOURCE_COMMIT
LABEL org.opencontainers.image.title="vonage-gitops" \
      org.opencontainers.image.description="Keep the applications of your Vonage accounts in sync with YAML manifests in git" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${SOURCE_COMMIT:-unknown}"
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git gpg openssh-client \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
 && install --directory --owner=1000 --group=1000 --mode=0700 /var/lib/vonage-gitops
WORKDIR /app
COPY --from=build /src/dist ./dist
# Where Debian's git looks for them: the environment in which the program runs git is made from nothing.
COPY --from=build /src/authorities.pem /etc/ssl/certs/ca-certificates.crt
COPY config ./config
COPY package.json LICENSE ./
RUN ln -s /app/dist/main.cjs /usr/local/bin/vonage-gitops
ENV NODE_ENV=production NODE_OPTIONS="--max-semi-space-size=2 --enable-source-maps"
# The daemon and every command that is started beside it find the same state. Only a default: file, variable and option go first, and
# private keys are trusted to a directory only where one of them names it.
ENV VONAGE_GITOPS_DEFAULT_STATE=/var/lib/vonage-gitops
USER 1000:1000
WORKDIR /var/lib/vonage-gitops
VOLUME /var/lib/vonage-gitops
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:8080/healthz').then((response) => process.exit(response.ok ? 0 : 1), () => process.exit(1))"]
# Not in NODE_OPTIONS, which a user may replace: nobody opens the inspector, from the first moment on.
ENTRYPOINT ["node", "--disable-sigusr1", "/app/dist/main.cjs"]
CMD ["run"]
