/** Programs whose lines of configuration are known; `parley` is the server's own environment. */
export type Program = 'nginx' | 'Caddy' | 'Traefik' | 'parley' | 'system'

type Lines = Partial<Record<Program, string>>

/** For each fault the line that mends it. deploy/ holds whole files in which all of them are right. */
export const mends = {
  upstream: {
    nginx: 'proxy_pass http://127.0.0.1:3000;   # where `systemctl status parley` says that it listens',
    Caddy: 'reverse_proxy 127.0.0.1:3000',
    Traefik: 'services.parley.loadBalancer.servers: [{ url: "http://127.0.0.1:3000" }]',
  },
  path: {
    nginx: 'location / { proxy_pass http://127.0.0.1:3000; }   # no path after the port, no rewrite',
    Caddy: 'reverse_proxy 127.0.0.1:3000   # not inside handle_path, no uri strip_prefix, no rewrite',
    Traefik: 'rule: Host(`chat.example.com`)   # without the middlewares StripPrefix and ReplacePath',
  },
  upgrade: {
    nginx: 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;',
    Caddy: 'reverse_proxy 127.0.0.1:3000   # without header_up Connection, Upgrade or Sec-WebSocket-*',
    Traefik: 'middlewares: none with customRequestHeaders for Connection or Upgrade, none of the kind `buffering`',
  },
  httpVersion: {
    nginx: 'proxy_http_version 1.1;',
    Caddy: 'transport http { versions 1.1 }',
  },
  subprotocol: {
    nginx: 'remove proxy_set_header Sec-WebSocket-Protocol',
    Caddy: 'remove header_up and header_down for Sec-WebSocket-Protocol',
    Traefik: 'remove Sec-WebSocket-Protocol from customRequestHeaders and customResponseHeaders',
  },
  host: {
    nginx: 'proxy_set_header Host $http_host;',
    Caddy: 'reverse_proxy 127.0.0.1:3000   # without header_up Host',
    Traefik: 'services.parley.loadBalancer.passHostHeader: true',
    parley: 'NUXT_ALLOWED_ORIGINS=https://chat.example.com   # where the proxy cannot be changed',
  },
  origin: {
    nginx: 'remove proxy_set_header Origin',
    Caddy: 'remove header_up Origin',
    Traefik: 'remove Origin from customRequestHeaders',
  },
  allowedOrigins: { parley: 'NUXT_ALLOWED_ORIGINS must list the origins of your own pages only' },
  forwardedFor: {
    nginx: 'proxy_set_header X-Forwarded-For $remote_addr;',
    Caddy: 'reverse_proxy 127.0.0.1:3000   # without header_up -X-Forwarded-For',
    Traefik: 'entryPoints.websecure.forwardedHeaders: leave it out, then it writes the header itself',
  },
  spoofed: {
    nginx: 'proxy_set_header X-Forwarded-For $remote_addr;   # instead of what the client sends',
    Caddy: 'remove header_up X-Forwarded-For, and trusted_proxies unless a proxy stands before this one',
    Traefik: 'entryPoints.websecure.forwardedHeaders.insecure: false',
  },
  trust: { parley: 'NUXT_TRUST_PROXY=<address or network of the proxy, as the server sees it>' },
  forwardedProto: {
    nginx: 'proxy_set_header X-Forwarded-Proto $scheme;',
    Caddy: 'remove header_up X-Forwarded-Proto',
    Traefik: 'remove X-Forwarded-Proto from customRequestHeaders',
  },
  idle: {
    nginx: 'proxy_read_timeout 75s;',
    Caddy: 'reverse_proxy 127.0.0.1:3000   # without transport http { read_timeout … } and stream_timeout',
    Traefik: 'entryPoints.websecure.transport.respondingTimeouts.writeTimeout: 0',
  },
  responseBuffering: {
    nginx: 'proxy_buffering off;',
    Caddy: 'reverse_proxy 127.0.0.1:3000   # without buffer_responses',
    Traefik: 'remove the middleware of the kind `buffering`',
  },
  requestBuffering: {
    nginx: 'proxy_request_buffering off;',
    Caddy: 'reverse_proxy 127.0.0.1:3000   # without buffer_requests',
    Traefik: 'remove the middleware of the kind `buffering`',
  },
  uploadLimit: {
    nginx: 'client_max_body_size 0;   # the server has its own limit, NUXT_UPLOAD_LIMIT',
    Caddy: 'remove request_body { max_size … }',
    Traefik: 'remove maxRequestBodyBytes from the middleware of the kind `buffering`',
  },
  certificate: {
    nginx: 'ssl_certificate fullchain.pem; ssl_certificate_key privkey.pem;   # fullchain: with the intermediate certificates',
    Caddy: 'chat.example.com { … }   # a public name as the site address; without `tls internal`',
    Traefik: 'routers.parley.tls.certResolver: letsencrypt',
  },
  expired: {
    nginx: 'certbot renew && systemctl reload nginx   # and a timer that does it: systemctl status certbot.timer',
    Caddy: 'journalctl -u caddy | grep -i renew   # it renews by itself when ports 80 and 443 can be reached',
    Traefik: 'certificatesResolvers.letsencrypt.acme   # it renews by itself when the challenge can be reached',
  },
  redirect: {
    nginx: 'server { listen 80; server_name chat.example.com; return 301 https://$host$request_uri; }',
    Caddy: 'remove `auto_https disable_redirects`, and any http:// site of this name',
    Traefik: 'entryPoints.web.http.redirections.entryPoint: { to: websecure, scheme: https }',
  },
  compression: {
    nginx: 'remove proxy_set_header Accept-Encoding',
    Caddy: 'remove header_up Accept-Encoding',
    Traefik: 'remove Accept-Encoding from customRequestHeaders',
  },
  caching: {
    nginx: 'remove expires and add_header Cache-Control: the server sets what fits each file',
    Caddy: 'remove `header Cache-Control`',
    Traefik: 'remove Cache-Control from customResponseHeaders',
  },
  clock: { system: 'timedatectl set-ntp true' },
  folder: { system: 'chown -R parley: /var/lib/parley && chmod 700 /var/lib/parley' },
  secrets: { system: 'chmod 600 /var/lib/parley/session-password /var/lib/parley/vapid-private-key /var/lib/parley/second-factor-key' },
  backup: { system: 'a timer that runs `parley backup`; see docs/DEPLOY.md' },
} as const satisfies Record<string, Lines>

export type MendKey = keyof typeof mends

/** The proxy that says who it is, in its `Server` or `Via` header. */
export function programOf(server: string | undefined, via: string | undefined): Program | undefined {
  if (/nginx|openresty/i.test(server ?? '')) return 'nginx'
  if (/caddy/i.test(`${server} ${via}`)) return 'Caddy'
  return undefined
}

/** Lines for the proxy at hand, for every known one where it does not say who it is. */
export function mendLines(key: MendKey, proxy: Program | undefined): [Program, string][] {
  const lines = Object.entries(mends[key]) as [Program, string][]
  const fitting = lines.filter(([program]) => program === proxy || program === 'parley' || program === 'system')
  return proxy === undefined || fitting.length === 0 ? lines : fitting
}
