"""Accounts, sessions and the log in words."""

from console.accounts.tables import AccountTables, Row, Table
from console.markup import rendered
from console.visitors import Visitor
from console.wording import words_in
from tests.doubles.people import MANAGER, NEAR, NOW, after, township
from town.accounts import Account, Kind, LogLine, Role, Session
from town.evidence import PictureView

TOWN = township()
TABLES = AccountTables(words_in("zh"), TOWN.town.zone)
WANG = Visitor(Role.ENGINEER, "wang", "", Kind.BROWSER, "here")


def session(key: str, kind: Kind, role: Role, who: str, person: str = "", label: str = "") -> Session:
    return Session(key, kind, role, who, person, label, NOW, after(hours=12))


def acts(row: Row) -> list[str]:
    return [act.name for act in row.acts or ()]


def test_open_accounts_stand_first_and_closed_ones_have_nothing_to_press() -> None:
    found = [
        Account("audit", Role.AUDITOR, "", "", NOW, "wang", after(days=1)),
        Account("li", Role.MANAGER, MANAGER, "", NOW, "wang"),
        Account("sun", Role.MANAGER, "somebody-else", "", NOW, "wang"),
    ]
    rows = TABLES.accounts(found, TOWN).rows
    assert [row.cells[:4] for row in rows] == [
        ["li", "网格长", "manager-1（第一网格）", "在用"],
        ["sun", "网格长", "somebody-else", "配置里已没有此人"],
        ["audit", "审计", "", "2026-05-05 10:00 关闭"],
    ]
    assert [acts(row) for row in rows] == [["password", "token", "close"], ["password", "token", "close"], []]


def test_sessions_name_who_and_with_what_and_one_s_own_is_marked() -> None:
    found = [
        session("here", Kind.BROWSER, Role.ENGINEER, "wang", label="Chrome · Windows"),
        session("s2", Kind.PHONE, Role.CLEANER, "", NEAR, "微信 · Android"),
        session("s3", Kind.TOKEN, Role.MANAGER, "li", MANAGER, "night report"),
    ]
    rows = TABLES.sessions(found, WANG, TOWN).rows
    assert [row.cells[0] for row in rows] == ["wang", f"保洁员near {NEAR}"]
    assert [acts(row) for row in rows] == [[""], ["end"]]
    (token,) = TABLES.tokens(found, WANG).rows
    assert token.cells[:2] == ["night report", "li"]


def test_the_log_puts_doors_deeds_and_views_in_one_order_newest_first() -> None:
    lines = [
        LogLine(after(minutes=1), "li", "let_in", "browser", "192.0.2.0/24"),
        LogLine(NOW, "", "refused", "phone", ""),
        LogLine(after(minutes=3), "li", "a_new_deed", "x", ""),
    ]
    views = [PictureView(after(minutes=2), "cleaner:near", "order-1", "p1", "")]
    rows = TABLES.log(lines, views, 10).rows
    assert [row.cells[1:4] for row in rows] == [
        ["li", "a_new_deed", "x"],
        ["cleaner:near", "看照片", "工单 order-1"],
        ["li", "登录", "浏览器"],
        ["（没有名字）", "被拒绝", "手机"],
    ]
    assert [row.bad for row in rows] == [False, False, False, True]
    assert len(TABLES.log(lines, views, 2).rows) == 2


def test_what_somebody_typed_as_a_name_is_escaped() -> None:
    table = TABLES.log([LogLine(NOW, "<img src=x onerror=alert(1)>", "refused", "", "")], [], 10)
    html = rendered("accounts.html", "table", table)
    assert "<img" not in html
    assert "&lt;img" in html


def test_a_table_without_rows_says_so() -> None:
    assert "还没有令牌" in rendered("accounts.html", "table", TABLES.tokens([], WANG))
    assert "<table" not in rendered("accounts.html", "table", Table("x", [], []))
