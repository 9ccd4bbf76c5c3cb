"""Writes patterns.json beside it: what Python's re says about patterns on module paths. Python 3.11."""

import json
import pathlib
import random
import re
import signal
import warnings

warnings.simplefilter("ignore")

KEYS = [
    "model.layers.0.self_attn.q_proj",
    "model.layers.1.mlp.down_proj",
    "model.layers.11.self_attn.o_proj",
    "layers.0.mlp.up_proj",
    "model.language_model.layers.3.self_attn.v_proj",
    "lm_head",
    "a.b.a",
    "ab_1",
    "",
]

HAND = [
    "", "q_proj", ".*q_proj", r".*\.q_proj", r".*\.layers\.0\.(self_attn\.(q|o)_proj|mlp\.down_proj)",
    r"^model\.layers\.0\.self_attn\.q_proj", r"^model\.layers\.0\.self_attn\.q_proj$", r"model\.layers\.(0|1)\..*",
    r"(?P<a>model)\..*", r"(?P<a>m)(?P<a>o)", r"(?P<1a>m)", r"(?P=a)", r"(?<a>m)", r"(?:model|lm)_?.*", r"(?i)MODEL.*", r"(?i:MODEL).*",
    r"(?-i:model).*", r"(?i)model(?-i:.LAYERS).*", r".*(?i)model", r"(?s).*", r"(?m)^model.*$", r"(?x) model .*", r"(?a)\w+", r"(?L)\w+",
    r"(?si)MODEL.*", r"^(?!.*mlp).*proj$", r"^(?!.*visual).*(?:q_proj|k_proj|down_proj).*", r".*(?<=_)proj", r".*(?<!q_)proj", r"(?<=.*)a", r"(?<=a|bc)d",
    r".*(?<=q|o)_proj", r"(?=model)model.*", r"(?=lm)model.*", r"((?=m)(?!l))*model.*", r"\Amodel.*\Z", r"\Amodel.*\z", r"\bmodel\b.*", r"\Bmodel.*",
    r"model\B.*", r".*\d+.*", r"\D+", r"\w+", r"[\w.]+", r"\W*", r"\s*", r"\S+", r"[^\s]+", r"[a-z_.0-9]+", r"[^a-z]+", r"[]a.b]+", r"[^]]+", r"[a-]+b.*",
    r"[a\-b]+.*", r"[\d-a]+", r"[z-a]", r"[a-\d]", r"[[:alpha:]]+.*", r"[a[b].*", r"[a&&b].*", r"[a&&b_1]*", r"[", r"[]", r"[^]", r"[a", r"(", r")", r"a)", r"(a", r"(?",
    r"(?:", r"(?#comment)model.*", r"a(?#x)*b_1", r"(?#", r"*", r"+a", r"?", r"a**", r"a*+", r"a++", r"a??b_1", r"a+?b_1", r"a*?b_1", r"a{1}b_1", r"a{1,}b_1", r"a{,1}b_1",
    r"a{,}b_1", r"a{}b", r"a{1", r"a{b}", r"a{2,1}", r"{1}", r"(a{1}){1}b_1", r"a{1}{1}", r"a{1}?b_1", r"x{0}ab_1", r"(a|b)*_1", r"(a*)*b_1", r"(a*)+b_1", r"(|a)+b_1", r"(a|)+b_1", r"()*ab_1",
    r"^*", r"(^)*model.*", r"$*", r"(?:^)+model.*", r"^^model.*", r".*$$", r"a$b", r"|", r"a|b", r"a||b", r"lm_head|model.*", r"(|lm_)head", r"lm_head$|x",
    r"\q", r"\_", r"\.", r"\-", r"\e", r"\Q", r"\p{L}", r"\h", r"\R", r"\x6dodel.*", r"\x6", r"\u006dodel.*", r"\u00", r"\U0000006dodel.*", r"\U00110000", r"\155odel.*", r"[\155]odel.*",
    r"[\15]", r"\0", r"\400", r"(a)\1", r"\1", r"(?(1)a|b)", r"(?>a)b", r"\N{LATIN SMALL LETTER A}b", "\\", r"[\\]", r"[\b]", r"[\B]", r"[\A]", r"\a", r"\v", r"\t", "ä*lm_head", "[^ä]+", "[ä-ü]*lm_head",
    "😀*ab_1", "[a-😀_0-9]+", r"(?i)LM_head", r"(?i)[L-M]+_head", r"(?i)[^L]m_head", r"((((((((a))))))))b_1", r"(.*\.)?(q_proj)$", r"(.*\.)?(^model\.layers\.0\.self_attn\.o_proj)$",
    r"(.*\.)?(layers\.1\.mlp\.down_proj)$", r"(.*\.)?(proj)$", r"(.*\.)?(a|b)$", r"(.*\.)?(a)|(b)$", r"(.*\.)?((?i)Q_PROJ)$", r".{5}", r".{4,6}", r"[.]*", r"(.)+", r"(a+)+$", r"model(\.[a-z_]+|\.\d+)*", r"(?:model\.)?(?:layers\.\d+\.)?(?:self_attn|mlp)\.\w+",
]


def random_pattern(r, depth=0):
    atoms = ["a", "b", "_", "1", ".", r"\.", r"\d", r"\w", "[ab]", "[^a]", "model", "proj", r"\b", "^", "$", "l", "layers"]
    parts = []
    for _ in range(r.randint(0, 3)):
        roll = r.random()
        if roll < 0.3 and depth < 3:
            opening = r.choice(["(", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?i:"])
            part = opening + random_pattern(r, depth + 1) + ")"
        else:
            part = r.choice(atoms)
        if r.random() < 0.4:
            part += r.choice(["*", "+", "?", "{2}", "{1,2}", "{,1}", "{0,}", "*?", "??"])
        parts.append(part)
    text = "".join(parts)
    if r.random() < 0.25:
        text += "|" + random_pattern(r, depth + 1)
    return text


def too_slow(*_):
    raise TimeoutError


def entry(pattern):
    try:
        compiled = re.compile(pattern)
    except re.error:
        return {"pattern": pattern, "invalid": True}
    return {
        "pattern": pattern,
        "whole": "".join("1" if compiled.fullmatch(k) else "0" for k in KEYS),
        "start": "".join("1" if compiled.match(k) else "0" for k in KEYS),
    }


def main():
    r = random.Random(20)
    patterns = list(HAND)
    while len(patterns) < len(HAND) + 1500:
        pattern = random_pattern(r)
        if r.random() < 0.5:
            pattern = ".*" + pattern
        if pattern not in patterns:
            patterns.append(pattern)
    signal.signal(signal.SIGALRM, too_slow)
    lines = []
    for p in patterns:
        # Patterns that take Python long are left out: backtracking without end is what we do not copy.
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        try:
            lines.append(json.dumps(entry(p), ensure_ascii=False))
        except TimeoutError:
            print("left out", p)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    text = '{"keys": ' + json.dumps(KEYS) + ',\n"patterns": [\n' + ",\n".join(lines) + "\n]}\n"
    pathlib.Path(__file__).with_name("patterns.json").write_text(text, encoding="utf-8")


main()
