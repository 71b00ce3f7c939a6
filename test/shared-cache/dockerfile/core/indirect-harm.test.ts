import { describe, expect, test } from 'vitest'
import { CATALOGUE } from '../../../../src/shared-cache/catalogue/core/catalogue'
import { planRewriting } from '../../../../src/shared-cache/dockerfile/core/rewrite'

const facts = {
  caches: CATALOGUE.map(({ name }) => name),
  browsers: null,
  buildArgs: new Map<string, string>(),
}
const C = '/usr/local/cargo'
const R = `${C}/registry`

/** The first step of a file with these lines; `all` are the caches of any of its steps. */
const planOf = (lines: readonly string[]) => {
  const { steps } = planRewriting(`FROM rust:1\nWORKDIR /src\n${lines.join('\n')}\n`, facts)
  return { first: steps[0], all: steps.flatMap(({ given }) => given.map(({ cache }) => cache)) }
}
const given = (...lines: readonly string[]) => planOf(lines).all
/** Why the step does not get a cache. */
const why = (cache: string, command: string) =>
  planOf([`RUN ${command}`])
    .first?.withheld.filter((each) => each.cache === cache)
    .map((each) => `${each.why}: ${each.what}`)

describe('a program is found by any spelling of its name', () => {
  test.each([
    `\\rm -rf ${R}`,
    `"rm" -rf ${R}`,
    `r''m -rf ${R}`,
    `$'\\x72m' -rf ${R}`,
    `command rm -rf ${R}`,
    `busybox rm -rf ${R}`,
    `c='rm -rf' && $c ${R}`,
    `c='rm -rf ${R}' && $c`,
    `c='rm -rf ${R}' && \${c@P}`,
    `a=(rm -rf ${R}) && "\${a[@]}"`,
    `set -- rm -rf ${R} && "$@"`,
    `alias r='rm -rf'; r ${R}`,
    `exec 3> ${R}/x`,
  ])('%s', (harm) => expect(given(`RUN cargo build && ${harm}`)).not.toContain('cargo'))
})

describe('files that a step removes by a path which it does not write out', () => {
  test.each([
    `clean() { rm -rf "$1"; }; clean ${R}`,
    `clean() { rm -rf "$@"; }; clean /x ${R}`,
    `function clean { rm -rf $1/registry; }; clean ${C}`,
    `clean() { cd "$1" && rm -rf *; }; clean ${R}`,
    `a=(${R}) && rm -rf "\${a[@]}"`,
    `a=(-rf ${R}) && rm "\${a[@]}"`,
    `set -- ${R} && rm -rf "$1"`,
    `set -- ${R} && for d; do rm -rf "$d"; done`,
    `printf -v d %s ${R} && rm -rf "$d"`,
    `read d <<< ${R} && rm -rf "$d"`,
    `: "\${D:=${R}}" && rm -rf "$D"`,
    `n=d && d=${R} && rm -rf "\${!n}"`,
    `d=${R}/x && rm -rf "\${d%/*}"`,
    `rm -rf $(echo ${R})`,
    `rm -rf \`echo ${R}\``,
    `rm -rf "$(dirname ${R}/x)"`,
    `rm -rf $(ls -d ${C}/*)`,
    `rm -rf "$(dirname "$(dirname "$(which cargo)")")"/registry`,
    `while read -r d; do rm -rf "$d"; done < <(echo ${R})`,
    `echo ${R} | xargs -I % rm -rf %`,
    `echo ${R} | xargs -I % sh -c 'rm -rf %'`,
    `find ${C} -print0 | xargs -0 rm -rf`,
    `cd ${C} && ls | grep -v bin | xargs rm -rf`,
    `find -L /usr/local -name '*.crate' -delete`,
    `rm -rf {/tmp/x,${R}}`,
    `rm -rf /usr/local/{cargo/registry,x}`,
    `rm -rf /tmp/x{,/../../usr/local/cargo}`,
    `rm -rf ${C}/!(bin)`,
    `rm -rf ${C}/@(registry|git)`,
    `rm -rf "$PWD"/../usr/local/cargo/registry`,
    `rm -rf ~+/../usr/local/cargo/registry`,
    `rm -rf /proc/self/root${R}`,
    `ln -s ${C} /c && rm -rf /c/registry`,
    `ln -sfn /tmp/empty ${C}`,
    `rsync -a --delete /empty/ /usr/local/`,
    `git -C ${R} clean -fdx`,
    `cd ${C} && git clean -fdx`,
    `tar --directory=${C} -czf /out.tgz registry`,
    `tar -C ${C} -czf /out.tgz registry`,
  ])('%s', (harm) => expect(given(`RUN cargo build && ${harm}`)).not.toContain('cargo'))

  test.each([
    ['pip', 'pip install six', 'find "$(pip cache dir)" -delete'],
    ['pip', 'pip install six', 'chown -R nobody "$(pip cache dir)"'],
    ['uv', 'uv sync', 'mv "$(uv cache dir)" /opt/cache'],
    ['npm', 'npm ci', 'unlink $(npm config get cache)/x'],
    ['go', 'go build', 'rm -rf $GOMODCACHE $GOCACHE'],
  ])('%s: %s && %s', (cache, fill, harm) =>
    expect(given(`RUN ${fill} && ${harm}`)).not.toContain(cache),
  )
})

describe('a directory that a step changes to', () => {
  test.each([
    `cd ${C}; cd /tmp; cd -; rm -rf registry`,
    `cd ${C}; cd /tmp; cd "$OLDPWD"; rm -rf registry`,
    `pushd ${C}; pushd /tmp; popd; rm -rf registry`,
    `cd $(dirname ${R}) && rm -rf registry`,
    `enter() { cd ${C}; }; cd /tmp; enter; rm -rf registry`,
    `env -C ${C} rm -rf registry`,
    `env --chdir=${C} rm -rf registry`,
    `sudo -D ${C} rm -rf registry`,
  ])('%s', (harm) => expect(given(`RUN cargo build && ${harm}`)).not.toContain('cargo'))
})

describe('a text that another program runs', () => {
  test.each([
    `env -S"rm -rf ${R}"`,
    `env --split-string='rm -rf ${R}'`,
    `c='rm -rf ${R}' && echo "$c" | sh`,
    `printf 'rm -rf %s\\n' ${R} | sh`,
    `bash -c "$(printf 'rm -rf %s' ${R})"`,
    `printf '#!/bin/sh\\nrm -rf ${R}\\n' > /c.sh && sh /c.sh`,
    `echo 'rm -rf ${R}' > /c.sh && . /c.sh`,
    `echo 'rm -rf ${R}' | tee /c.sh && source /c.sh`,
    `echo 'rm -rf ${R}' >> ~/.profile && bash -lc true`,
    `CLEAN='rm -rf ${R}' make clean`,
    `python3 -c "import shutil; shutil.rmtree('${C}')"`,
    `python3 -c "import shutil,os; shutil.rmtree(os.environ['CARGO_HOME'])"`,
    `perl -MFile::Path -e 'rmtree("$ENV{CARGO_HOME}/registry")'`,
    `node -e "fs.rmSync(process.env.CARGO_HOME+'/registry',{recursive:true})"`,
  ])('%s', (harm) => expect(given(`RUN cargo build && ${harm}`)).not.toContain('cargo'))

  test.each([
    ['clean:\n\trm -rf /usr/local/cargo/registry', 'Makefile'],
    ['clean: ; @rm -rf $(CARGO_HOME)/registry', 'Makefile'],
    ['fn main() { std::fs::remove_dir_all("/usr/local/cargo/registry").unwrap(); }', 'build.rs'],
  ])('in a file that the step writes: %j', (content, name) =>
    expect(given(`RUN cat > ${name} <<'E' && cargo build\n${content}\nE`)).not.toContain('cargo'),
  )

  test.each([
    `python -c "import os,shutil; shutil.rmtree(os.getenv('PIP_CACHE_DIR'))"`,
    `python -c "from pip._internal.cli.main import main; main(['cache','purge'])"`,
  ])('%s', (harm) => expect(given(`RUN pip install six && ${harm}`)).not.toContain('pip'))
})

describe('words that empty a cache are found through variables and other names of the tool', () => {
  test.each([
    ['npm', 'npm ci', 'verb=clean && npm cache $verb --force'],
    ['npm', 'npm ci', "verb='cache clean' && npm $verb --force"],
    ['npm', 'npm ci', 'for v in verify clean; do npm cache $v; done'],
    ['npm', 'npm ci', 'a=(cache clean --force) && npm "${a[@]}"'],
    ['npm', 'npm ci', 'c() { npm cache "$@"; }; c clean --force'],
    ['npm', 'npm ci', 'c() { npm "$1" "$2" --force; }; c cache clean'],
    ['npm', 'npm ci', 'set -- npm cache clean --force && "$@"'],
    ['npm', 'npm ci', 'alias n=npm; n cache clean --force'],
    ['npm', 'npm ci', 'npx npm@9 cache clean --force'],
    ['npm', 'npm ci', 'node /usr/local/lib/node_modules/npm/bin/npm-cli.js cache clean --force'],
    ['pip', 'pip install six', 'python -mpip cache purge'],
    ['pip', 'pip install six', 'pip cache "$(echo purge)"'],
    ['yarn', 'yarn install', 'node .yarn/releases/yarn-4.cjs cache clean'],
    ['cargo', 'cargo build', 'cargo-cache -a'],
    ['cargo', 'cargo build', 'cargo trim --all'],
    ['cargo', 'cargo build', 'rustup self uninstall -y'],
  ])('%s: %s && %s', (cache, fill, harm) =>
    expect(given(`RUN ${fill} && ${harm}`)).not.toContain(cache),
  )
})

describe('what is installed as links to the cache needs it in the image', () => {
  test.each([
    ['uv', 'uv sync --link-mode symlink'],
    ['uv', 'uv sync --link-mode=symlink'],
    ['uv', 'UV_LINK_MODE=symlink uv sync'],
    ['uv', 'export UV_LINK_MODE=symlink; uv sync'],
    ['bun', 'bun install --backend=symlink'],
  ])('%s: %s', (cache, command) => {
    expect(given(`RUN ${command}`)).not.toContain(cache)
    expect(why(cache, command)?.join()).toMatch(/^needed: /)
  })
  test.each([
    ['uv', 'uv sync --link-mode copy'],
    ['uv', 'UV_LINK_MODE=hardlink uv sync'],
    ['bun', 'bun install --backend copyfile'],
  ])('%s: %s gets it', (cache, command) => expect(given(`RUN ${command}`)).toContain(cache))
})

describe('files that another stage takes by a variable or through a mount of the whole stage', () => {
  const copies = (args: Readonly<Record<string, string>>, ...lines: readonly string[]) =>
    planRewriting(`${['FROM rust:1 AS b', 'RUN cargo build', ...lines].join('\n')}\n`, {
      ...facts,
      buildArgs: new Map(Object.entries(args)),
    }).steps[0]?.given.some(({ cache }) => cache === 'cargo')
  const SOURCES = [
    'FROM debian',
    'ARG SOURCES',
    `ENV DIR=\${SOURCES:+${R}/src}`,
    'COPY --from=b ${DIR:-/null?} $DIR/',
  ]
  test('the value of --build-arg decides', () => {
    expect(copies({ SOURCES: '1' }, ...SOURCES)).toBe(false)
    expect(copies({}, ...SOURCES)).toBe(true)
  })
  test.each([
    [['FROM debian', 'ARG H=/usr/local', 'ARG D=$H/cargo/registry', 'COPY --from=b $D /x']],
    [['FROM debian', 'COPY --from=b ${H:-/usr/local/cargo}/registry /x']],
    [['FROM debian', 'RUN --mount=from=b,target=/b cp -r /b/usr/local/cargo/registry /x']],
    [
      [
        'FROM debian',
        'RUN --mount=type=bind,from=b,source=/,target=/b/ cp -r /b/root/.cargo/git /x',
      ],
    ],
  ])('%j', (lines) => expect(copies({}, ...lines)).toBe(false))
  test.each([
    [['FROM debian', 'RUN --mount=from=b,target=/b cp /b/usr/local/cargo/bin/x /x']],
    [['FROM debian', 'RUN --mount=from=b,target=/b cp /x/usr/local/cargo/registry /y']],
    [['FROM debian', 'ENV D=/usr/local/cargo/bin', 'COPY --from=b $D /x']],
  ])('but not in %j', (lines) => expect(copies({}, ...lines)).toBe(true))
})

describe('what the file sets is known in a step', () => {
  test.each([
    ['npm', ['ARG V=clean', 'RUN npm ci && npm cache $V --force']],
    ['cargo', [`ARG CLEAN="rm -rf ${R}"`, 'RUN cargo build && $CLEAN']],
    ['cargo', [`ENV P=${C}`, 'RUN cargo build && rm -rf ${P//x/y}/registry']],
    ['cargo', ['ENV HOME=/usr/local', 'RUN cargo build && rm -rf ~/cargo']],
    ['cargo', ['RUN cargo build; mapfile -t A < <(find $CARGO_HOME); rm "${A[@]}"']],
    ['cargo', [`RUN cargo build; declare -A M=([a]=${R}); rm -rf "\${M[a]}"`]],
    ['cargo', ['RUN cargo build; x=$(realpath ~/.cargo); rm -rf "$x"']],
  ])('%s: %j', (cache, lines) => expect(given(...lines)).not.toContain(cache))
})

describe('a step that removes the variable of a cache does not use it', () => {
  test.each([
    ['npm', 'unset NPM_CONFIG_CACHE; npm ci', ['elsewhere: NPM_CONFIG_CACHE']],
    ['npm', 'env -u NPM_CONFIG_CACHE npm ci', ['elsewhere: NPM_CONFIG_CACHE']],
    ['pip', 'env --unset=PIP_CACHE_DIR pip install six', ['elsewhere: PIP_CACHE_DIR']],
    ['npm', 'unset OTHER; npm ci', []],
    ['pip', 'PIP_NO_CACHE_DIR=1; unset PIP_NO_CACHE_DIR; pip install six', []],
  ])('%s: %s: %j', (cache, command, reasons) => expect(why(cache, command)).toEqual(reasons))
})

describe('a later step that needs the files is found', () => {
  test.each([
    ['npm', 'npm ci', ['RUN npm config set offline true && npm ci']],
    ['npm', 'npm ci', ['RUN echo offline=true >> .npmrc && npm ci']],
    ['cargo', 'cargo fetch', ['RUN printf "[net]\\noffline = true\\n" > c.toml && cargo build']],
    ['cargo', 'cargo fetch', ['RUN F=--offline && cargo build $F']],
    ['cargo', 'cargo fetch', ['ARG F=--offline', 'RUN cargo build $F']],
    ['cargo', 'cargo fetch', [`RUN python3 -c "import shutil; shutil.copytree('${R}','/x')"`]],
    ['pip', 'pip download six', ['RUN cp -r "$(pip cache dir)" /x']],
    ['npm', 'npm ci', ['RUN tar czf /x.tgz -C /root .npm']],
  ])('%s: %s, then %j', (cache, fill, later) =>
    expect(planOf([`RUN ${fill}`, ...later]).first?.given.map((each) => each.cache)).not.toContain(
      cache,
    ),
  )
  test.each([
    ['npm', 'npm ci', ['RUN npm run build && rm -rf "$TMP"']],
    ['pip', 'pip install six', ['RUN pip cache dir']],
    ['pip', 'pip install six', ['RUN rm -rf "$(pip cache dir)"']],
    ['npm', 'npm ci', ['RUN tar czf /x.tgz -C /src node_modules']],
    ['cargo', 'cargo build', ['RUN cp target/release/x /x && tar -C / -xzf x.tgz']],
  ])('but %s: %s, then %j, does not', (cache, fill, later) =>
    expect(planOf([`RUN ${fill}`, ...later]).first?.given.map((each) => each.cache)).toContain(
      cache,
    ),
  )
})

describe('harmless steps keep their cache', () => {
  test.each([
    ['cargo', 'cargo build && rm -rf "$(mktemp -d)"'],
    ['npm', 'T=$(mktemp -d) && cd "$T" && npm ci && cd / && rm -rf "$T"'],
    ['npm', 'set -eux; npm ci; rm -rf "$tmp"'],
    ['npm', 'npm ci && rm -rf $APP_DIR/tmp'],
    ['npm', "npm ci && echo 'rm -rf ~/.npm is not needed'"],
    ['npm', 'npm ci && npm run cache:clean && npx ng cache clean'],
    ['npm', 'npm ci && find . -name "*.ts" -print0 | xargs -0 rm -f'],
    ['npm', 'npm ci && git clean -fdx -e node_modules'],
    ['npm', 'npm ci && cp -r dist/. /usr/share/nginx/html/'],
    ['npm', 'cp -a rootfs/. / && npm ci'],
    ['npm', 'clean() { rm -rf "$@"; }; npm ci && clean /tmp/x'],
    ['npm', 'set -- a b; for d; do npm --prefix "$d" ci; done'],
    ['npm', "printf '#!/bin/sh\\nexec node .\\n' > /e.sh && npm ci"],
    ['npm', 'ln -s /app/node_modules/.bin/x /usr/local/bin/x && npm ci'],
    ['pip', 'tar -C / -Jxpf /tmp/s6.tar.xz && pip install six'],
    ['apt', 'apt-get install -y x && tar -C / -Jxpf /tmp/s6.tar.xz'],
    ['pip', "pip install six && find / -xdev -name '*.pyc' -delete"],
    ['pip', "pip install six && find /usr/local/lib -name '__pycache__' | xargs rm -rf"],
    ['pip', 'pip install six && pip cache dir'],
    ['cargo', 'cargo build && echo $CARGO_HOME && ls $CARGO_HOME/registry'],
    ['cargo', 'export PATH="$CARGO_HOME/bin:$PATH" && cargo build && rm -rf "$X"'],
    ['cargo', '. "$HOME/.cargo/env" && cargo build && rm -rf $TMP'],
    ['cargo', 'cargo install --root /usr/local/cargo just'],
    ['cargo', 'ln -s /usr/local/cargo/bin/x /usr/local/bin/x && cargo build'],
    ['go', 'go build && rm -rf "$GOPATH/src"'],
    ['go', 'go mod download && cp -r $(go list -m -f "{{.Dir}}" x)/include /y'],
    ['composer', 'composer install && php artisan cache:clear'],
  ])('%s: %s', (cache, command) => expect(given(`RUN ${command}`)).toContain(cache))
})

describe('the reason is the one that a person would give', () => {
  test.each([
    [
      'npm',
      'npm ci && rm -rf "$(npm config get cache)"',
      'empties: rm -rf $(npm config get cache)',
    ],
    ['pip', 'pip install --cache-dir=/x six', 'elsewhere: pip install --cache-dir=/x six'],
    ['cargo', `cargo build && set -- ${R} && chown -R dev "$1"`, 'changes: chown $1'],
  ])('%s: %s: %s', (cache, command, reason) => expect(why(cache, command)).toEqual([reason]))

  test('a cache directory that the file sets and a call repeats is another directory', () =>
    expect(
      planOf(['ENV PIP_CACHE_DIR=/tmp/c', 'RUN pip install --cache-dir=/tmp/c six']).first
        ?.withheld,
    ).toEqual([{ cache: 'pip', why: 'elsewhere', what: 'pip install --cache-dir=/tmp/c six' }]))
})

describe('a step that cannot call a tool does not get what an earlier step downloaded', () => {
  test.each([
    ['rustup set profile minimal', false],
    ['chsh -s /bin/bash dev', false],
    ['xx-apt-get install -y gcc', false],
    ['make', true],
  ])('%s: %s', (command, gets) =>
    expect(
      planRewriting(`FROM rust:1\nRUN cargo fetch\nRUN ${command}\n`, facts).steps[1]?.given.some(
        ({ cache }) => cache === 'cargo',
      ),
    ).toBe(gets),
  )
})
