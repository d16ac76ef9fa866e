"""Forms about a case in the wrong hands: return, arbitrate, correct, dispatch anew, mend the routing rule. Pure.

The reasons and the duty list (权责清单) are data of the city; the forms offer what stands there.
"""

from __future__ import annotations

from command_center.moves import move_forms as forms
from command_center.moves.situation import Situation
from command_center.orders.route import NoDesk, find_department, route
from grid.city_map import Place
from grid.lifecycle import find_leads
from grid.posts import Post

WRONG = ("category", "place_text", "area", "urgency")
FACTS = forms.form(
    (),
    category=forms.code("事项类别", "category", "category"),
    place_text=forms.text("地点", "place", most=200, widget="place"),
    area=forms.code("所在区域", "area", "area"),
    urgency=forms.URGENCY,
    note=forms.NOTE,
    lon=forms.POSITION["lon"],
    lat=forms.POSITION["lat"],
)
HOLDER: dict[str, forms.Schema] = {"holder": forms.code("应派往", "to be sent to", "department")}
CORRECT = FACTS | {"anyOf": [{"required": [name]} for name in WRONG]}
CORRECT_RETURNED = FACTS | {
    "anyOf": [{"required": [name]} for name in (*WRONG, *HOLDER)],
    "properties": {**FACTS["properties"], **HOLDER},
}


def correct_form(situation: Situation) -> forms.Schema:
    """Ask for what was wrong: of a returned case who is to have it, too; of an unnamed one for its category."""
    if not situation.incident.category:
        return {**CORRECT, "required": ["category"]}
    is_back = situation.incident.returned is not None and situation.incident.state == "filed"
    return CORRECT_RETURNED if is_back else CORRECT


EVERYWHERE, HERE = "city", "town"
REACH = {
    EVERYWHERE: {"zh": "全区", "en": "the whole district"},
    HERE: {"zh": "本乡镇街道", "en": "this town"},
}


def return_form(situation: Situation) -> forms.Schema:
    """Ask for the reason by its code, and for the opinion in words."""
    reasons = {reason.code: {"zh": reason.zh, "en": reason.en} for reason in situation.lifecycle.return_reasons}
    code = forms.one_of("退回原因", "reason code", reasons)
    return forms.form(("reason_code", "reason"), reason_code=code, reason=forms.text("退回意见", "opinion"))


def arbitrate_form(situation: Situation) -> forms.Schema:
    """Offer as lead whoever the duty list names; anybody where it names nobody."""
    leads = list_leads(situation)
    lead = forms.code("主办单位", "lead holder", "department")
    if leads:
        names = {code: {"zh": post.name, "en": post.name_en or post.name} for code, post in leads.items()}
        lead = forms.one_of("主办单位（权责清单）", "lead holder, from the duty list", names)
    helpers = forms.codes("协办单位", "assistants", "department")
    return forms.form(("lead", "reason"), lead=lead, assistants=helpers, reason=forms.REASON)


def list_leads(situation: Situation) -> dict[str, Post]:
    """Return who may lead the case by the code that names them: departments, and the town's own hands."""
    city, place = situation.city, place_of(situation)
    category = city.catalogue.find_category(situation.incident.category)
    leads: dict[str, Post] = {}
    for code in find_leads(city.policies, category):
        post = find_department(city, place, code)
        if post is not None:
            leads[code if post.kind == "department" else post.code] = post
    if not leads:
        return {}
    try:
        planned = route(city, category, place, situation.incident.urgency).orders
    except NoDesk:
        planned = ()
    for order in planned:
        if order.kind == "dispose" and order.post.kind != "department":
            leads.setdefault(order.post.code, order.post)
    return leads


def place_of(situation: Situation) -> Place:
    """Return the case's place as the tree knows it now."""
    incident, city = situation.incident, situation.city
    code = incident.cell or incident.grid or incident.area
    known = city.tree.find_area(code) or city.tree.get_area(city.code)
    return city.map.place_of_area(known.code)


def list_returners(situation: Situation) -> set[str]:
    """Return the posts that have returned the case."""
    return {order.holder_code for order in situation.orders if order.state == "returned" and order.is_lead}


def correct_rule_form(situation: Situation) -> forms.Schema:
    """Ask who shall get such cases from now on, and where the correction holds."""
    leads = list_leads(situation)
    names = {
        code: {"zh": post.name, "en": post.name_en or post.name}
        for code, post in leads.items()
        if post.kind == "department"
    }
    lead = forms.desks(forms.code("今后派往", "to be sent to", "department"), posts=["department"])
    if names:
        lead = forms.one_of("今后派往", "to be sent to", names)
    reach = forms.one_of("适用范围", "where it holds", REACH)
    return forms.form(("department", "reason"), department=lead, reach=reach, reason=forms.REASON)
