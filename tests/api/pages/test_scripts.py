"""The page's scripts as they are written: their types hold against what the server says, and nothing in them is unsafe."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from api.app import create_app
from api.pages.assets import FILES
from api.settings import Settings
from tests.api.node_packages import package, program, ran

PAGES = Path(__file__).parents[3] / "api" / "pages"
SCRIPTS = PAGES / "scripts"
VENDORED = SCRIPTS / "vendor" / "lit-html.js"
VENDORED_SUM = "fd6de066856f0b6214d9781b1a4b088b2b344bc66ff58ccbefeed91acf503093"
OURS = sorted(path for path in SCRIPTS.rglob("*.js") if path.parent != VENDORED.parent)
WRITTEN = [*OURS, *sorted((PAGES / "templates").rglob("*.html"))]

MOST_LINES = 2_500

OF_LIT = {
    "lit-html": "html, svg, nothing, render",
    "lit-html/directives/repeat.js": "repeat",
    "lit-html/directives/live.js": "live",
}
"""What the vendored file exports, and from which modules of its package that comes."""

EXPORTED = "".join(f'export {{ {names} }} from "{module}";\n' for module, names in OF_LIT.items())

CHECKED_AS = {
    "compilerOptions": {
        "allowJs": True,
        "checkJs": True,
        "strict": True,
        "noEmit": True,
        "skipLibCheck": True,
        "allowImportingTsExtensions": True,
        "module": "esnext",
        "moduleResolution": "bundler",
        "target": "es2022",
        "lib": ["es2023", "dom", "dom.iterable"],
        "types": [],
    },
    "include": ["scripts"],
}

UNSAFE = {
    "markup from text": r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|unsafeHTML",
    "code from text": r"\beval\(|new Function\b|set(?:Timeout|Interval)\(\s*[\"'`]",
    "an attribute that our policy refuses": r"\s(?:style|on[a-z]+)\s*=\s*[\"'$]",
    "another host": r"https?://|[\"'(]//\w",
}


def copied(folder: Path, settings: Settings) -> Path:
    """Copy the scripts to where types can be checked: with those of the server's answers and of the vendored file."""
    shutil.copytree(SCRIPTS, folder / "scripts")
    (folder / "node_modules").symlink_to(package("lit-html").parent)
    (folder / "scripts" / "vendor" / VENDORED.name).unlink()
    (folder / "scripts" / "vendor" / "lit-html.d.ts").write_text(EXPORTED)
    (folder / "tsconfig.json").write_text(json.dumps(CHECKED_AS))
    (folder / "openapi.json").write_text(json.dumps(create_app(settings).openapi()))
    types = folder / "scripts" / "openapi.d.ts"
    made = ran(program("openapi-typescript"), folder / "openapi.json", "--output", types)
    assert made.returncode == 0, made.stderr
    return folder


def type_errors(folder: Path) -> str:
    return ran(program("tsc", of="typescript"), "--project", folder).stdout


@pytest.mark.slow
def test_the_scripts_take_the_servers_answers_for_what_they_are(tmp_path: Path, settings: Settings) -> None:
    assert type_errors(copied(tmp_path, settings)) == ""


@pytest.mark.slow
def test_a_field_that_no_answer_has_is_found(tmp_path: Path, settings: Settings) -> None:
    folder = copied(tmp_path, settings)
    page = '/** @param {import("./types.d.ts").Page} page */\n'
    (folder / "scripts" / "wrong.js").write_text(f"{page}export const wrong = (page) => page.playlist.titel;\n")
    assert "Property 'titel' does not exist" in type_errors(folder)


def test_the_vendored_file_is_the_one_that_was_pinned_and_its_licence_lies_beside() -> None:
    assert hashlib.sha256(VENDORED.read_bytes()).hexdigest() == VENDORED_SUM
    assert "BSD 3-Clause License" in (VENDORED.parent / "LICENSE").read_text()
    assert [path.name for path in sorted(VENDORED.parent.iterdir())] == ["LICENSE", "lit-html.js"]


@pytest.mark.slow
def test_the_vendored_file_is_what_its_package_makes(tmp_path: Path) -> None:
    assert json.loads((package("lit-html") / "package.json").read_text())["version"] == "3.3.3"
    assert (package("lit-html") / "LICENSE").read_text() == (VENDORED.parent / "LICENSE").read_text()
    (tmp_path / "in.js").write_text(EXPORTED)
    (tmp_path / "node_modules").symlink_to(package("lit-html").parent)
    flags = ("--bundle", "--format=esm", "--minify", "--legal-comments=inline")
    made = ran(program("esbuild"), "in.js", *flags, "--outfile=out.js", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert hashlib.sha256((tmp_path / "out.js").read_bytes()).hexdigest() == VENDORED_SUM


def test_all_scripts_together_can_be_read_in_an_afternoon() -> None:
    lines = {path.relative_to(SCRIPTS).as_posix(): len(path.read_text("utf-8").splitlines()) for path in OURS}
    assert sum(lines.values()) <= MOST_LINES, lines


def test_every_line_of_code_is_sent_those_that_begin_with_a_type_too() -> None:
    for path in OURS:
        sent = FILES[path.relative_to(PAGES).as_posix()].decode().splitlines()
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
        code = [line for line in lines if line and not re.match(r"//|\*|/\*(?:(?!\*/).)*(?:\*/)?$", line)]
        assert [line for line in sent if not line.startswith("*")] == code


@pytest.mark.parametrize("what", UNSAFE)
def test_no_script_or_template_has(what: str) -> None:
    found = {
        path.relative_to(PAGES).as_posix(): match.group()
        for path in WRITTEN
        if (match := re.search(UNSAFE[what], path.read_text("utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "unsafe",
    [
        "row.innerHTML = title",
        "eval(text)",
        "setTimeout('go()', 3)",
        'html`<p style="color: red">`',
        "<button onclick=${go}>",
        '<img src="https://example.org/a.png">',
        "import('//example.org/a.js')",
    ],
)
def test_what_is_unsafe_would_be_found(unsafe: str) -> None:
    assert any(re.search(pattern, unsafe) for pattern in UNSAFE.values())
