"""Takes from dbt, in this process, what costs time and is not looked at in tests.

A build of a tiny warehouse is some 180 nodes, and its time is dbt's own: contexts of nine hundred
macros made twice a node, templates translated and evaluated again at each call, every relation of a
schema compared to find one. Without that a build takes less than half of the processor time. Every
statement that changes the warehouse stays the same; test_faults.py and test_tooling.py run dbt as
it is, in its own process.
"""

from __future__ import annotations

import gc
from functools import cache
from types import CodeType

import parsedatetime
from dbt.adapters.base import BaseAdapter, BaseRelation
from dbt.adapters.duckdb.impl import DuckDBAdapter
from dbt.adapters.reference_keys import _ReferenceKey
from dbt.adapters.sql import SQLAdapter
from dbt.clients.jinja import MacroGenerator
from dbt.context.configured import ConfiguredContext
from dbt.context.macro_resolver import TestMacroNamespace
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.context.manifest import ManifestContext
from dbt.contracts.graph.nodes import ParsedNode
from dbt_common.clients.jinja import BaseMacroGenerator
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.exceptions import DbtRuntimeError
from jinja2 import Environment

# What macros have returned that return the same throughout a run of dbt.
OF_THIS_RUN: dict[str, object] = {}


def make_dbt_light() -> None:
    """Puts all of it in place, once a process."""
    make_jinja_light()
    make_contexts_light()
    make_adapters_light()
    make_events_light()
    parsedatetime.Constants = cache(parsedatetime.Constants)  # for each result of a query, twice
    ParsedNode.write_node = lambda node, root, path, code: path  # the SQL of each node to two files
    gc.set_threshold(200_000, 20, 20)  # else the parsed project is searched for garbage


def make_jinja_light() -> None:
    """A template is translated once a process, a macro found once a context, and code_version,
    which reads every macro of the project, made once a run instead of nineteen times."""

    def translate_once(environment: Environment, source: str, *others, **named) -> CodeType:
        if others or named or not isinstance(source, str):
            return translate(environment, source, *others, **named)
        key = type(environment), source
        if key not in translations:
            translations[key] = translate(environment, source)
        return translations[key]

    def find_once(macro: BaseMacroGenerator) -> object:
        if "found" not in vars(macro):
            macro.found = find(macro)
        return macro.found

    def call_once(macro: BaseMacroGenerator, *arguments, **named) -> object:
        if macro.get_name() != "code_version":
            return call(macro, *arguments, **named)
        if "code_version" not in OF_THIS_RUN:
            OF_THIS_RUN["code_version"] = call(macro)
        return OF_THIS_RUN["code_version"]

    translations: dict[tuple[type, str], CodeType] = {}
    translate, Environment.compile = Environment.compile, translate_once
    find, BaseMacroGenerator.get_macro = BaseMacroGenerator.get_macro, find_once
    call, BaseMacroGenerator.call_macro = BaseMacroGenerator.call_macro, call_once


def make_contexts_light() -> None:
    """The macros of a context are put together by whole packages, not one by one."""

    def build_namespace(builder: MacroNamespaceBuilder, by_package, context) -> MacroNamespace:
        shared = {"context": context, "node": builder.node, "stack": builder.thread_ctx}
        of_context = type("MacroGenerator", (MacroGenerator,), shared)
        made = {package: {} for package in by_package}
        for package, macros in by_package.items():
            for name, macro in macros.items():
                made[package][name] = generator = MacroGenerator.__new__(of_context)
                generator.macro = macro
        internal = {}
        for package in reversed(builder.internal_package_names_order):
            internal |= made.pop(package, {})
        own = made.get(builder.search_package, {})
        of_root = made.get(builder.root_package, {})
        return MacroNamespace({} if of_root is own else of_root, own, internal, made)

    def to_dict(context: ManifestContext) -> dict:
        if isinstance(context.namespace, TestMacroNamespace):
            return to_dict_one_by_one(context)
        told = ConfiguredContext.to_dict(context)
        for names in reversed(list(context.namespace._search_order())):
            told.update(names)
        return told

    MacroNamespaceBuilder.build_namespace = build_namespace
    to_dict_one_by_one, ManifestContext.to_dict = ManifestContext.to_dict, to_dict


def make_adapters_light() -> None:
    """Relations are found by their name, and one line of SQL needs no context of macros."""

    def get_relation(adapter: BaseAdapter, database, schema, identifier) -> BaseRelation | None:
        if not adapter._schema_is_cached(database, schema):
            return look_for(adapter, database, schema, identifier)
        names = (name and name.lower() for name in (database, schema, identifier))
        found = adapter.cache.relations.get(_ReferenceKey(*names))
        return found and found.inner

    def get_columns(adapter: DuckDBAdapter, relation: BaseRelation) -> list:
        try:
            _, cursor = adapter.connections.add_query(f"describe (select * from {relation})")
        except DbtRuntimeError as error:
            if "does not exist" in str(error).lower():
                return []
            raise
        return [adapter.Column(column=row[0], dtype=row[1]) for row in cursor.fetchall()]

    def rename(adapter: SQLAdapter, old: BaseRelation, new: BaseRelation) -> None:
        adapter.cache_renamed(old, new)
        adapter.connections.add_query(f'alter {old.type} {old} rename to "{new.identifier}"')

    def drop(adapter: SQLAdapter, relation: BaseRelation) -> None:
        adapter.cache_dropped(relation)
        sql = f"drop {relation.type} if exists {relation} cascade"
        adapter.connections.add_query(sql, auto_begin=False)

    look_for, BaseAdapter.get_relation = BaseAdapter.get_relation, get_relation
    DuckDBAdapter.get_columns_in_relation = get_columns
    SQLAdapter.rename_relation, SQLAdapter.drop_relation = rename, drop


def make_events_light() -> None:
    """Debug events that nobody reads are neither filled nor formatted."""

    def fill(event: BaseEvent, *others, **named) -> None:
        if event.level_tag() == EventLevel.DEBUG:
            event.pb_msg = getattr(event.PROTO_TYPES_MODULE, type(event).__name__)()
        else:
            fill_event(event, *others, **named)

    def fire(manager: EventManager, event: BaseEvent, level=None, **others) -> None:
        if (level or event.level_tag()) != EventLevel.DEBUG:
            fire_event(manager, event, level, **others)

    fill_event, BaseEvent.__init__ = BaseEvent.__init__, fill
    fire_event, EventManager.fire_event = EventManager.fire_event, fire
