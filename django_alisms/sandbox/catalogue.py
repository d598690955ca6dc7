"""Sign names and templates of the account, in our own words; the operations put them into Aliyun's.

``status`` is ``review``, ``approved``, ``rejected`` or ``withdrawn``. What the demonstration account has is in
:mod:`django_alisms.sandbox.demo_account`; the control route can change it while the sandbox runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

STATUSES = ("review", "approved", "rejected", "withdrawn")
KINDS = ("verification", "notification", "promotion", "international")
CARRIERS = ("mobile", "unicom", "telecom")

NOT_SUBMITTED, REGISTERING, FAILED, AWAITING_PROOF, LAPSED, REGISTERED = -2, -1, 0, 1, 2, 3
"""RegisterStatus: how far a carrier's registration of a sign name is (Alibaba Cloud's GetSmsSign page)."""

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class SignName:
    """One sign name; ``registration`` in the order of :data:`CARRIERS`."""

    name: str
    status: str = "approved"
    reason: str = ""
    code_only: bool = False
    registration: tuple[int, ...] = (REGISTERED, REGISTERED, REGISTERED)
    created: str = "2026-03-02 10:20:30"
    order_id: str = ""


@dataclass(frozen=True)
class Template:
    """One template; ``attributes`` are what Aliyun calls VariableAttribute."""

    code: str
    name: str
    kind: str
    content: str
    status: str = "approved"
    reason: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    sign_name: str = ""
    created: str = "2026-03-03 09:10:11"
    order_id: str = ""
    variables: tuple[str, ...] = field(init=False)
    _form: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "variables", tuple(dict.fromkeys(_PLACEHOLDER.findall(self.content))))
        form = _PLACEHOLDER.sub(r"%(\1)s", self.content.replace("%", "%%"))
        object.__setattr__(self, "_form", form)  # by far the fastest of the ways to fill in

    def rendered(self, sign_name: str, values: Mapping[str, str]) -> str:
        """The message as a phone shows it; ``values`` has all variables."""
        return f"【{sign_name}】{self._form % values}"


class Catalogue:
    """What the account has, in the order of creation."""

    def __init__(self, sign_names: Iterable[SignName], templates: Iterable[Template]) -> None:
        self.sign_names = {sign.name: sign for sign in sign_names}
        self.templates = {template.code: template for template in templates}

    def change_sign_name(self, message: Mapping[str, Any]) -> None:
        """Add, change or (``"remove": true``) take out one sign name. ValueError where that cannot be."""
        key = _key(message, "name")
        if message.get("remove") is True:
            self.sign_names.pop(key, None)
            return
        if "registration" in message:
            message = {**message, "registration": tuple(message["registration"])}
            if [type(state) for state in message["registration"]] != [int] * len(CARRIERS):
                raise ValueError(f"registration has {len(CARRIERS)} numbers, for {', '.join(CARRIERS)}")
        _allow(message, SignName)
        old = self.sign_names.get(key)
        self.sign_names[key] = replace(old, **message) if old else SignName(**message)

    def change_template(self, message: Mapping[str, Any]) -> None:
        """The same for one template."""
        key = _key(message, "code")
        if message.get("remove") is True:
            self.templates.pop(key, None)
            return
        _allow(message, Template)
        old = self.templates.get(key)
        if old is None and not {"name", "kind", "content"} <= message.keys():
            raise ValueError("a new template needs code, name, kind and content")
        if message.get("kind", KINDS[0]) not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        self.templates[key] = replace(old, **message) if old else Template(**message)


def _key(message: Any, name: str) -> str:
    if not isinstance(message, dict) or not isinstance(message.get(name), str) or not message[name]:
        raise ValueError(f"which one? Give its {name}")
    return str(message[name])


def _allow(message: Mapping[str, Any], kind: type[SignName] | type[Template]) -> None:
    known = {item.name: str(item.type) for item in fields(kind) if item.init}
    for name, value in message.items():
        if name not in known:
            raise ValueError(f"no {name!r} here; there are {', '.join(known)}")
        if known[name] in ("str", "bool") and type(value).__name__ != known[name]:
            raise ValueError(f"{name} cannot be {value!r}")
    attributes = message.get("attributes", {})
    if not isinstance(attributes, dict) or not all(isinstance(word, str) for word in attributes.values()):
        raise ValueError("attributes is an object of texts")
    if message.get("status", "approved") not in STATUSES:
        raise ValueError(f"status is one of {', '.join(STATUSES)}")
