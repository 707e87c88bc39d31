# syntax=docker/dockerfile:1

# Everything that building needs, and nothing of it in the image that runs.
FROM node:26-slim AS build
WORKDIR /src
ENV CI=true NUXT_TELEMETRY_DISABLED=1
COPY package.json package-lock.json .npmrc ./
# Without scripts: the only ones of the tree bring another Node, which this image has, and prepare sources that are not there yet.
RUN npm ci --ignore-scripts --no-audit --no-fund && rm -rf node_modules/node node_modules/.bin/node
COPY . .
RUN npx nuxt build

FROM node:26-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 NUXT_DATA_DIR=/data
WORKDIR /app
RUN install -d -o node -g node -m 700 /data \
  && printf '#!/bin/sh\nexec node /app/cli/parley.mjs "$@"\n' > /usr/local/bin/parley \
  && chmod 755 /usr/local/bin/parley
# Owned by root: the process that runs may not change what runs.
COPY --from=build /src/.output/server ./server
COPY --from=build /src/.output/public ./public
COPY --from=build /src/.output/cli ./cli
USER node
VOLUME /data
EXPOSE 3000
# The server handles the signal itself, as process 1 too: it tells clients to come back, finishes what is in hand and ends within ten seconds.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --start-interval=1s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/api/health`).then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "/app/server/index.mjs"]
