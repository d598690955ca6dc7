"""Import a file, send it and wait: the whole job from a shell."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...models import BatchSend, ImportStatus, RecipientImport, SendStatus, SignName, Template
from ...services import account, drafting, previewing, removing, starting, status, syncing
from ...services.actors import Actor
from ...services.importing import asking, staging, uploading
from ...services.importing.answers import answer_keys
from ...services.importing.dry_running import dry_run
from ...services.refusals import NotPossible
from ...services.sending import Sender
from ..console import AlismsCommand, actor_of, add_user, ends_politely
from ..progress import ProgressBar
from .alisms_status import batch_line, figures

SHOWN_ROWS = 20


class Command(AlismsCommand):
    help = "Imports FILE, sends it and waits. Exit 0: all accepted; 1: something refused, unknown or paused; 2: nothing sent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="xlsx, xls, ods, csv or tsv")
        parser.add_argument(
            "--sign-name", required=True, metavar="N", help="an approved sign name, without 【】"
        )
        parser.add_argument(
            "--template", required=True, metavar="CODE", help="an approved template, such as SMS_15255****"
        )
        parser.add_argument("--title", default="", metavar="T", help="for colleagues only")
        parser.add_argument(
            "--extend-code", default="", metavar="DIGITS", help="SmsUpExtendCode, where you have one"
        )
        parser.add_argument("--sheet", default="", metavar="S", help="which sheet of the workbook")
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="VAR=HEADER",
            help="which column a variable (or phone) is",
        )
        parser.add_argument(
            "--answer",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="the answer to a question about the file",
        )
        parser.add_argument(
            "--skip-bad-rows", action="store_true", help="send to the good rows, leave the bad ones out"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="read and check everything, send and store nothing"
        )
        parser.add_argument(
            "--preview", default="20", metavar="N|all", help="how many messages a dry run shows"
        )
        parser.add_argument("--detach", action="store_true", help="import and start; workers send")
        parser.add_argument("--again", action="store_true", help="yes, the same as before")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
        add_user(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        if path.is_dir():
            raise NotPossible(
                _("%(path)s is a folder, not a file. Nothing was sent.") % {"path": path.resolve()}
            )
        if not path.is_file():
            raise NotPossible(_("There is no file %(path)s. Nothing was sent.") % {"path": path})
        limit = _limit(options["preview"])
        extend_code = drafting.usable_extend_code(options["extend_code"])
        actor = actor_of("alisms_send", options["user"])
        answers = answers_of(options)
        client = account.client()
        syncing.refresh(client, sign_name=options["sign_name"], template=options["template"])
        sign_name = drafting.usable_sign_name(options["sign_name"])
        template = drafting.usable_template(options["template"])
        check_answers(answers, template)
        if options["dry_run"]:
            self._dry_run(path, sign_name, template, answers, limit, options)
            return
        made = drafting.draft(
            sign_name=sign_name,
            template=template,
            title=options["title"] or path.stem,
            extend_code=extend_code,
            actor=actor,
        )
        try:
            self._import(made, path, answers, actor, options)
            made.refresh_from_db()
            self._start(made, actor, options)
            self.started = True
        except BaseException:
            removing.delete_draft(made)
            raise
        if options["detach"]:
            self._report(made, options, waited=False)
            return
        with ends_politely() as stopping, ProgressBar(made, sys.stderr) as bar:
            Sender(client, actor, only=made.pk, stopping=stopping, on_turn=bar.turn).run()
        made.refresh_from_db()
        self._report(made, options, waited=True)

    # -- steps -------------------------------------------------------------------------------------------

    def _import(
        self, made: BatchSend, path: Path, answers: dict[str, Any], actor: Actor, options: dict[str, Any]
    ) -> None:
        with path.open("rb") as file:
            opened = uploading.upload(
                made, File(file, name=path.name), path.name, actor=actor, answers=answers, read_here=True
            )
        with ends_politely() as stopping:
            opened = staging.read(opened.pk, actor=actor, pulse=partial(staging.stop_if, stopping))
        if stopping.is_set():
            raise NotPossible(
                _("Ended before anything was sent, and nothing of the file is kept. Run it again.")
            )
        if opened.status == ImportStatus.ASKING:
            raise NotPossible(questions_in_words(opened.questions))
        if opened.status != ImportStatus.DONE:
            raise NotPossible(opened.error)
        if opened.rejected and not options["skip_bad_rows"]:
            self._stop_for_rows(made, opened, options)

    def _start(self, made: BatchSend, actor: Actor, options: dict[str, Any]) -> None:
        try:
            starting.start(made, actor=actor, again=options["again"])
        except NotPossible as refused:
            if any(check.key == "repeat" for check in refused.facts.get("checks", ())):
                raise NotPossible(
                    _("%(sentence)s Nothing was sent; pass --again to send it all the same.")
                    % {"sentence": refused}
                ) from refused
            raise

    def _stop_for_rows(self, made: BatchSend, opened: RecipientImport, options: dict[str, Any]) -> None:
        rejected = staging.rejected_rows(opened)
        if options["json"]:
            made.refresh_from_db()
            self.print_json(
                status.status_of_nothing(
                    status="not_started",
                    title=made.title,
                    rows=opened.rows,
                    rejected=rejected,
                    duplicates=opened.duplicates,
                    good=opened.good,
                    parts=made.parts_total,
                )
            )
        raise NotPossible(rows_in_words(rejected))

    def _dry_run(
        self,
        path: Path,
        sign_name: SignName,
        template: Template,
        answers: dict[str, Any],
        limit: int | None,
        options: dict[str, Any],
    ) -> None:
        found = dry_run(path, path.name, sign_name, template, answers, limit=limit)
        if found.questions:
            raise NotPossible(questions_in_words(found.questions))
        shown = previewing.preview(template.content, sign_name.name, found.shown)
        if options["json"]:
            self.print_json(
                status.status_of_nothing(
                    status="dry_run",
                    title=options["title"] or path.stem,
                    rows=found.rows,
                    rejected=found.rejected,
                    duplicates=found.duplicates,
                    good=found.good,
                    parts=found.parts,
                )
                | {"preview": shown}
            )
        else:
            for one in shown:
                self.stdout.write(f"{one['row']:>6}  {one['phone']}  {one['parts']}  {one['text']}")
            self.stdout.write(
                _(
                    "Rows: %(rows)d. Recipients: %(good)d, duplicates: %(duplicates)d, not imported: %(rejected)d. "
                    "Nothing was sent."
                )
                % {
                    "rows": found.rows,
                    "good": found.good,
                    "duplicates": found.duplicates,
                    "rejected": len(found.rejected),
                }
            )
        if found.rejected and not options["skip_bad_rows"]:
            raise NotPossible(rows_in_words(found.rejected))
        if not found.good:
            raise NotPossible(_("There is nobody to send to. Nothing was sent."))

    def _report(self, made: BatchSend, options: dict[str, Any], *, waited: bool) -> None:
        found = status.status_of(made)
        if options["json"]:
            self.print_json(found)
        else:
            self.stdout.write(f"{made.pk}  {made.title}  [{found['status']}]")
            self.stdout.write(figures(found))
            for batch in found["batches"] if waited else []:
                self.stdout.write(batch_line(batch))
        self.say(found["sentence"])
        if not waited:
            return
        clean = made.status == SendStatus.FINISHED and not (
            found["refused"] or found["unknown"] or found["absent"]
        )
        self.end(0 if clean else 1)


def answers_of(options: dict[str, Any]) -> dict[str, Any]:
    """--sheet, --column and --answer as the reading takes them."""
    answers: dict[str, Any] = dict(_pair(text, "--answer", "KEY=VALUE") for text in options["answer"])
    if "columns" in answers:
        raise NotPossible(_("Columns are named with --column VAR=HEADER. Nothing was sent."))
    columns = dict(_pair(text, "--column", "VAR=HEADER") for text in options["column"])
    if columns:
        answers["columns"] = columns
    if options["sheet"]:
        answers["sheet"] = options["sheet"]
    return answers


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (equals and key.strip() and value):
        raise NotPossible(
            _("%(option)s takes %(form)s, not “%(text)s”. Nothing was sent.")
            % {"option": option, "form": form, "text": text}
        )
    return key.strip(), value


def check_answers(answers: dict[str, Any], template: Template) -> None:
    """An answer to a question that no file is ever asked is a slip of the pen, and would pass unseen."""
    known = answer_keys(template)
    for key in answers:
        if key not in known and key != "columns":
            raise NotPossible(
                _("--answer: there is no question “%(key)s”. Nothing was sent. There are: %(known)s.")
                % {"key": key, "known": ", ".join(known)}
            )


def _limit(text: str) -> int | None:
    """How many messages a dry run shows; None: all."""
    if text == "all":
        return None
    if not text.isdecimal():
        raise NotPossible(_("--preview takes a number or “all”. Nothing was sent."))
    return int(text)


def rows_in_words(rejected: list[dict[str, Any]]) -> str:
    """Which rows are bad and what to do: the first twenty by number, on one line."""
    first = "; ".join(f"{row['row']} {row['column']}: {row['reason']}" for row in rejected[:SHOWN_ROWS])
    return ngettext(
        "%(count)d row is bad, so nothing was sent (%(first)s). Mend it, or pass --skip-bad-rows.",
        "%(count)d rows are bad, so nothing was sent (%(first)s). Mend them, or pass --skip-bad-rows.",
        len(rejected),
    ) % {"count": len(rejected), "first": first}


def questions_in_words(questions: list[dict[str, Any]]) -> str:
    """What has to be answered, and with which option."""
    asked = " ".join(
        _("%(sentence)s Answer with %(option)s.")
        % {"sentence": asking.question_sentence(one), "option": _option(one)}
        for one in questions
    )
    return _("%(asked)s Nothing was sent.") % {"asked": asked}


def _option(question: dict[str, Any]) -> str:
    choices = "|".join(str(choice["value"]) for choice in question.get("choices", []))
    if question["key"] == "sheet":
        return f"--sheet '{choices}'"
    if question["key"] == "columns":
        return f"--column {choices}=HEADER" if choices else "--column VAR=HEADER"
    if question["key"] == "number_form":
        return f"--answer number_form.{question['facts']['column']}={choices}"
    return f"--answer {question['key']}={choices}"
