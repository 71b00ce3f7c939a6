import { describe, expect, test } from 'vitest'
import { CATALOGUE, DEFAULT_CACHES } from '../../../../src/shared-cache/catalogue/core/catalogue'
import { planRewriting } from '../../../../src/shared-cache/dockerfile/core/rewrite'

const facts = { caches: DEFAULT_CACHES, browsers: null, buildArgs: new Map<string, string>() }
const all = { ...facts, caches: CATALOGUE.map(({ name }) => name) }

const plan = (lines: readonly string[], to = facts) =>
  planRewriting(`${lines.join('\n')}\n`, to).steps
/** The caches that each step of a file gets. */
const given = (lines: readonly string[], to = facts) =>
  plan(lines, to).map((step) => step.given.map(({ cache }) => cache).join(' '))
/** The caches that one step gets, without sccache. */
const one = (command: string, before: readonly string[] = []) =>
  given(['FROM base', ...before, `RUN ${command}`]).at(-1)

describe('a call is found wherever a shell would find it', () => {
  test.each([
    ['echo "built $(date)" > /stamp && npm ci', 'npm'],
    ['echo "a $(echo "b $(date)") c" && npm ci', 'npm'],
    ['echo "`date`" && npm ci', 'npm'],
    ["echo 'it'\"'\"'s' && npm ci", 'npm'],
    ['echo "$(npm ci)"', 'npm'],
    ['test -n "${X:-$(npm ci)}"', 'npm'],
    ['echo $((1 + $(npm ci | wc -l)))', 'npm'],
    ['diff <(npm ci) x', 'npm'],
    ['[[ -n "$(npm ci)" ]]', 'npm'],
    ['if true; then npm ci; fi', 'npm'],
    ['case $x in a) npm ci ;; esac', 'npm'],
    ['for d in a b; do (cd $d && npm ci); done', 'npm'],
    ['f() { npm ci; }; f', 'npm'],
    ['{ npm ci; } 2>&1 | tee /log', 'npm'],
    ['npm ci &', 'npm'],
    ['! npm ci', 'npm'],
    ["bash -c 'npm ci'", 'npm'],
    ['eval "npm ci"', 'npm'],
    ['bash -c "sh -c \'npm ci\'"', 'npm'],
    ['echo "npm ci" | cat', ''],
    ["echo 'npm ci'", ''],
    ['# npm ci', ''],
    ['echo a # npm ci', ''],
  ])('%s: %j', (command, caches) => expect(one(command)).toBe(caches))

  test.each([
    [['cat <<EOF | sh', 'npm ci', 'EOF'], ''],
    [['sh <<EOF', 'npm ci', 'EOF'], 'npm'],
    [["bash -e <<'EOF'", 'npm ci', 'EOF'], 'npm'],
    [['<<EOF', 'if true; then', '  npm ci', 'fi', 'EOF'], 'npm'],
    [['cat <<EOF > /x && npm ci', 'text', 'EOF'], 'npm'],
  ])('with a heredoc: %j: %j', (lines, caches) => expect(one(lines.join('\n'))).toBe(caches))
})

describe('wrappers', () => {
  test.each([
    ['xx-cargo build --release', 'cargo'],
    ['rustup run stable cargo build --release', 'cargo'],
    ['runuser -u node -- npm ci', 'npm'],
    ['runuser --user=node npm ci', 'npm'],
    ['runuser node -c "npm ci"', 'npm'],
    ['tini -- npm ci', 'npm'],
    ['tini -s -g npm ci', 'npm'],
    ['dumb-init npm ci', 'npm'],
    ['sudo --user node npm ci', 'npm'],
    ['sudo -Hu node npm ci', 'npm'],
    ['sudo -u node -- npm ci', 'npm'],
    ['conda run -n base pip install six', 'pip'],
    ['conda run --no-capture-output -n base pip install six', 'pip'],
    ['micromamba run -n base pip install six', 'pip'],
    ['pipx install poetry', 'pip'],
    ['pipx run cowsay', 'pip'],
    ['python3 -I -m pip install six', 'pip'],
    ['python3 -Im pip install six', 'pip'],
    ['python3 -W ignore -m pip install six', 'pip'],
    ['pypy3 -m pip install six', 'pip'],
    ['env A=1 npm ci', 'npm'],
    ['env -u X A=1 npm ci', 'npm'],
    ["env -S 'npm ci'", 'npm'],
    ['echo x | xargs npm install', 'npm'],
    ['time npm ci', 'npm'],
    ['time -p npm ci', 'npm'],
    ['/usr/bin/time -f %E npm ci', 'npm'],
    ['nice npm ci', 'npm'],
    ['nice -n 10 npm ci', 'npm'],
    ['ionice -c 3 nice npm ci', 'npm'],
    ['setarch x86_64 npm ci', 'npm'],
    ['flock /tmp/lock npm ci', 'npm'],
    ['stdbuf -oL npm ci', 'npm'],
    ['xvfb-run -a npm ci', 'npm'],
    ['mise exec node@22 -- npm ci', 'npm'],
    ['cross-env NODE_ENV=production npm ci', 'npm'],
    ['PIP=pip3 && $PIP install six', 'pip'],
    ['"${PIP:-pip}" install six', ''],
    ['chroot /mnt npm ci', ''],
    ['exec -a name npm ci', 'npm'],
    ['command -p npm ci', 'npm'],
    ['uv run pip install six', 'uv pip'],
    ['tox', 'pip'],
  ])('%s: %j', (command, caches) =>
    expect(one(command)?.split(' ').sort()).toEqual(caches.split(' ').sort()),
  )
})

test.each(['toString', 'constructor', '$toString ci', '__proto__ ci', 'sudo valueOf'])(
  'a program may have any name: %s',
  (command) => expect(one(command)).toBe(''),
)

describe('options', () => {
  test.each([
    ['uv run pytest -n auto', 'uv'],
    ['uv run --python 3.12 pytest -n auto', 'uv'],
    ['uv run -n pytest', ''],
    ['uv sync -n', ''],
    ['uv run -- pytest --no-cache', 'uv'],
    ['uvx --from x tool --no-cache', 'uv'],
    ['uvx --no-cache tool', ''],
    ['npx -y tool --cache /x', 'npm'],
    ['npx --cache /x tool', ''],
    ['npm exec -- tool --cache /x', 'npm'],
    ['python -m pip install six --no-cache-dir', ''],
  ])('that belong to another program do not count: %s: %j', (command, caches) =>
    expect(one(command)).toBe(caches),
  )

  test.each([
    'npm install -g serve && npm --force cache clean',
    'npm install -g serve && npm cache --force clean',
    'npm install -g serve && npm --loglevel silent cache clean',
    'npm install -g serve && npm --prefix /app cache clean --force',
    'pip install six && pip --quiet cache purge',
    'pip install six && python -m pip --disable-pip-version-check cache purge',
    'uv sync && uv --quiet cache clean',
    'uv sync && uv --color never cache prune',
    'pnpm install && pnpm --silent store prune',
    'yarn install && yarn --silent cache clean',
    'go build && go clean -x -modcache',
    'composer install && composer --quiet clear-cache',
    'bun install && bun --silent pm cache rm',
    'npm ci && corepack npm cache clean --force',
    'npm ci && sudo npm --force cache clean',
  ])('in front of the words that empty a cache do not hide them: %s', (command) =>
    expect(given(['FROM base', `RUN ${command}`], all)).toEqual(['']),
  )
})

describe('a step that removes or changes the files of a cache does not get it', () => {
  test.each([
    // by a path from the directory that it is in
    'cargo build --release && cd "$CARGO_HOME" && rm -rf registry git',
    'cargo build && cd $CARGO_HOME/registry && rm -rf *',
    'cargo build && (cd ~/.cargo; rm -r ./registry)',
    'cargo build && pushd /usr/local/cargo && rm -rf registry && popd',
    'cargo build && cd /usr/local && rm -rf cargo/registry',
    'cargo build && rm -rf /usr/local/bin/../cargo/registry',
    'cargo build && rm -rf "${CARGO_HOME:-/usr/local/cargo}/registry"',
    'cargo build && rm -rf ~/.cargo/{registry,git}',
    'cargo build && rm -rf /usr/local/cargo/reg*',
    'cargo build && find "$CARGO_HOME" -name "*.crate" -delete',
    'cargo build && find /usr/local/cargo -type f -exec rm {} +',
    'cargo build && find -L /usr/local/cargo -type f -exec rm {} +',
    'cargo build && find /usr/local/cargo/registry | xargs rm -f',
    'cargo build && D=/usr/local/cargo && rm -rf "$D/registry"',
    'cargo build && for d in registry git; do rm -rf "$CARGO_HOME/$d"; done',
    'cargo build && if true; then cd /usr/local/cargo; fi; rm -rf registry',
    'cargo build && echo /usr/local/cargo/registry | while read d; do rm -rf $d; done',
    'cargo build && sh -c "rm -rf \\"\\$0\\"" /usr/local/cargo/registry',
    "cargo build && trap 'rm -rf /usr/local/cargo/registry' EXIT",
    'cargo build && retry 3 rm -rf /usr/local/cargo/registry',
    'cargo build && python3 -c \'import shutil; shutil.rmtree("/usr/local/cargo/registry")\'',
    'cargo build && : > /usr/local/cargo/.package-cache',
    // by owner and mode
    'cargo install just && chown -R dev /usr/local/cargo',
    'cargo install just && chown -R dev:dev "$CARGO_HOME"',
    'cargo install just && chmod -R a+rwX /usr/local/cargo',
    'cargo install just && chgrp --recursive dev /usr/local/cargo/registry',
    'cargo install just && find /usr/local/cargo -exec chown dev {} +',
    'cargo install just && chown dev /usr/local/cargo/registry',
    'cargo install just && setfacl -R -m u:dev:rwX /usr/local/cargo',
    // by moving, copying, editing
    'cargo build && mv /usr/local/cargo /opt/cargo',
    'cargo build && cp -r /usr/local/cargo/registry /out',
    'cargo build && cp x /usr/local/cargo/registry/',
    'cargo build && tar czf /out.tgz /usr/local/cargo',
    'cargo build && sed -i s/a/b/ /usr/local/cargo/registry/index/config.json',
    'cargo build && ln -s /data /usr/local/cargo/registry/cache',
    'cargo build && rsync -a --delete x/ /usr/local/cargo/registry/',
    'cargo build && truncate -s 0 /usr/local/cargo/registry/x',
    'cargo build && curl -o /usr/local/cargo/registry/x https://example.com/x',
  ])('%s', (command) => expect(one(command)).toBe(''))

  test.each([
    'cargo build && rm -rf target',
    'cargo build && cd /src && rm -rf registry',
    'cargo build && rm -rf /usr/local/cargo/bin/x',
    'cargo build && chown -R dev /src',
    'cargo build && chown dev /usr/local/cargo',
    'cargo build && cp target/release/app /usr/local/bin/',
    'cargo build && mv target/release/app /app',
    'cargo build && find . -name "*.rs" -delete',
    'cargo build && ls /usr/local/cargo/registry',
    'cargo build && export GNUPGHOME="$(mktemp -d)" && rm -rf "$GNUPGHOME"',
    'cargo build && rm -rf /var/lib/apt/lists/*',
    'cargo build && rm -rf /tmp/* /var/tmp/*',
  ])('but one that leaves them alone does: %s', (command) =>
    expect(one(command, ['WORKDIR /src'])).toBe('cargo'),
  )

  test.each([
    [['WORKDIR /usr/local/cargo'], 'cargo build && rm -rf registry'],
    [['WORKDIR /usr', 'WORKDIR local/cargo'], 'cargo build && rm -rf registry'],
    [['ENV CARGO_HOME=/opt/cargo'], 'cargo build && rm -rf /opt/cargo/registry'],
    [['ENV D=/usr/local/cargo'], 'cargo build && rm -rf $D/registry'],
    [['ARG D=/usr/local/cargo/registry'], 'cargo build && chown -R dev $D'],
    [['WORKDIR /root'], 'pip install six && rm -rf .cache'],
    [['ENV HOME=/app'], 'pip install six && rm -rf /app/.cache/pip'],
    [['WORKDIR /root'], 'npm ci && chown -R node .npm'],
  ])('what the file sets before counts: %j, %s', (before, command) =>
    expect(one(command, before)).toBe(''),
  )
})

describe('a step that fills a cache stays as it is where the image needs the files', () => {
  const first = (fill: string, ...later: readonly string[]) =>
    given(['FROM base', `RUN ${fill}`, ...later])[0]
  test.each([
    ['cargo fetch', ['RUN cp -r /usr/local/cargo/registry /out']],
    ['cargo fetch', ['RUN ls $CARGO_HOME/registry/cache']],
    ['cargo fetch', ['RUN cargo build --offline']],
    ['cargo fetch', ['RUN cargo build --frozen']],
    ['cargo fetch', ['ENV CARGO_NET_OFFLINE=true', 'RUN cargo build']],
    ['cargo fetch', ['RUN CARGO_NET_OFFLINE=true cargo build']],
    ['cargo fetch', ['RUN --network=none cargo build']],
    ['cargo fetch', ['RUN --network=none make']],
    ['cargo fetch', ['FROM scratch', 'COPY --from=0 /usr/local/cargo /c']],
    ['uv sync', ['RUN uv sync --offline']],
    ['uv sync', ['ENV UV_OFFLINE=1', 'RUN uv sync']],
    ['npm ci', ['RUN npm ci --offline']],
    ['npm ci', ['RUN chown -R node /root/.npm']],
    ['pip install six', ['RUN chown -R app /root/.cache']],
    ['pip install six', ['WORKDIR /root', 'RUN tar cf /x.tar .cache/pip']],
    ['pip install six', ['FROM 0', 'RUN true', 'COPY --from=0 /root/.cache/pip /c']],
    ['uv sync', ['ENV UV_PYTHON_INSTALL_DIR=/root/.cache/uv/python', 'RUN uv sync']],
    ['uv sync', ['ENV PATH=/root/.cache/uv/tools/bin:$PATH', 'RUN true']],
  ])('%s, then %j', (fill, later) => expect(first(fill, ...later)).toBe(''))

  test.each([
    ['cargo fetch', ['RUN cargo build --locked'], 'cargo'],
    ['cargo fetch', ['RUN --network=host cargo build'], 'cargo'],
    ['npm ci', ['RUN npm run build'], 'npm'],
    ['npm ci', ['RUN npm ci --prefer-offline'], 'npm'],
    ['npm ci', ['RUN rm -rf /root/.npm'], 'npm'],
    ['npm ci', ['RUN mkdir -p /root/.npm'], 'npm'],
    ['npm ci', ['FROM other', 'RUN chown -R node /root/.npm'], 'npm'],
    ['uv sync', ['RUN uv sync --frozen'], 'uv'],
    ['uv sync', ['ENV UV_CACHE=/root/.cache/uv', 'RUN true'], 'uv'],
  ])('but %s, then %j, gets %s', (fill, later, caches) =>
    expect(first(fill, ...later)).toBe(caches),
  )

  test.each([
    'pip install --target /root/.cache/pip/lib six',
    'uv venv /root/.cache/uv/venv',
    'npm install --prefix /root/.npm/app x',
    'cargo install --root /usr/local/cargo/registry just',
  ])('and where it puts other files into the directory: %s', (command) =>
    expect(one(command)).toBe(''),
  )
})

describe('variables that turn a cache off', () => {
  test.each([
    ['PIP_NO_CACHE_DIR', 'off', ''],
    ['PIP_NO_CACHE_DIR', '0', ''],
    ['PIP_NO_CACHE_DIR', 'false', ''],
    ['PIP_NO_CACHE_DIR', 'no', ''],
    ['PIP_NO_CACHE_DIR', '1', ''],
    ['PIP_NO_CACHE_DIR', '""', 'pip'],
    ['UV_NO_CACHE', '1', 'pip'],
  ])('%s=%s: pip install gets %j', (name, value, caches) =>
    expect(one('pip install six', [`ENV ${name}=${value}`])).toBe(caches),
  )
  test.each([
    ['1', ''],
    ['true', ''],
    ['0', 'uv'],
    ['false', 'uv'],
  ])('UV_NO_CACHE=%s: uv sync gets %j', (value, caches) =>
    expect(one('uv sync', [`ENV UV_NO_CACHE=${value}`])).toBe(caches),
  )
})

describe('a step whose text a shell would refuse is left alone', () => {
  test.each(['npm ci && echo "a', 'if true; then npm ci', 'npm ci )', "npm ci; echo $'"])(
    '%s',
    (command) => {
      const [step] = plan(['FROM base', `RUN ${command}`])
      expect(step?.given).toEqual([])
      expect(step?.withheld.map(({ cache, why }) => `${cache} ${why}`)).toEqual(['npm unclear'])
    },
  )
})

describe('cargo looks elsewhere for a user or home without the mounts', () => {
  test.each([
    ['debian:12', ['USER dev'], ''],
    ['debian:12', ['USER 1000:1000'], ''],
    ['debian:12', ['ENV HOME=/app'], ''],
    ['debian:12', ['USER root'], 'cargo'],
    ['debian:12', ['USER 0:0'], 'cargo'],
    ['debian:12', ['USER dev', 'USER root'], 'cargo'],
    ['debian:12', ['ENV HOME=/root'], 'cargo'],
    ['debian:12', ['USER $NAME'], 'cargo'],
    ['debian:12', ['ENV CARGO_HOME=/usr/local/cargo', 'USER dev'], 'cargo'],
    ['debian:12', ['ENV CARGO_HOME=/opt/cargo'], ''],
    ['rust:1', ['USER dev'], 'cargo'],
    ['rust:1', ['ENV HOME=/app'], 'cargo'],
  ])('FROM %s, %j: %j', (base, before, caches) =>
    expect(given([`FROM ${base}`, ...before, 'RUN cargo build'])).toEqual([caches]),
  )
  test('a stage has the user of the one that it is based on', () =>
    expect(given(['FROM debian AS a', 'USER dev', 'FROM a', 'RUN cargo build'])).toEqual(['']))
})

describe('what check says of a step', () => {
  const said = (command: string, to = facts) =>
    plan(['FROM base', `RUN ${command}`], to).map(({ bypassing, switchedOff, mounts }) => ({
      bypassing,
      switchedOff,
      unknown: mounts.filter(({ cache }) => cache === '').length,
    }))
  test.each([
    [
      'pip install uv && pip install --no-cache-dir -r r.txt',
      ['pip install --no-cache-dir -r r.txt'],
      [],
      0,
    ],
    ['PIP_NO_CACHE_DIR=1 pip install a && pip install b', ['PIP_NO_CACHE_DIR=1'], [], 0],
    ['pip install a && pip install b', [], [], 0],
    ['pip install --no-cache-dir a', [], [], 0],
    ['pnpm install', [], ['pnpm'], 0],
    ['--mount=type=cache,target=/root/.local/share/pnpm/store make', [], ['pnpm'], 0],
    ['--mount=type=cache,target=/go/pkg/mod go mod download', [], ['go'], 0],
    ['--mount=type=cache,target=/x make', [], [], 1],
    ['cargo build', [], [], 0],
  ])(
    '%s: turns off %j, could use %j, %i unknown mounts',
    (command, bypassing, switchedOff, unknown) =>
      expect(said(command)).toEqual([{ bypassing, switchedOff, unknown }]),
  )
})
