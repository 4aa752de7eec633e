"""Opening hours: what is open when, what it is called, and what is said of a mistake in the file."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.content import Content
from helpdesk.content import hours as checker
from helpdesk.errors import SettingsError
from helpdesk.hours import Hours

SHIPPED = Path(__file__).resolve().parent.parent / "data/desk/hours.yml"
WEEKDAYS = """time_zone: America/New_York
days:
  monday: ["09:00-17:00"]
  tuesday: ["09:00-17:00"]
  wednesday: ["09:00-17:00"]
  thursday: ["09:00-17:00"]
  friday: ["09:00-17:00"]
"""
EVERY_DAY = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@pytest.fixture
def hours(tmp_path):
    """Return a reader of hours from the text of a file."""

    def read(text: str) -> Hours:
        path = tmp_path / "hours.yml"
        path.write_text(text, encoding="utf-8")
        return Hours.from_file(path)

    return read


def days(**spans: str) -> str:
    """Return the text of a file in New York with these spans."""
    lines = "".join(f"  {day}: {given}\n" for day, given in spans.items())
    return f"time_zone: America/New_York\ndays:\n{lines}"


def at(text: str, zone: str = "America/New_York", *, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


# ---- no hours


@pytest.mark.parametrize("text", ["", "\n", "# only a remark\n", "---\n"])
def test_an_empty_file_sets_no_hours(hours, text):
    none = hours(text)

    assert none.is_open(at("2026-11-20 12:00")) is None
    assert none.words() is None
    assert none.next_opening(at("2026-11-20 12:00")) is None


def test_a_missing_file_sets_no_hours(tmp_path):
    assert Hours.from_file(tmp_path / "none.yml").is_open(0) is None


def test_the_shipped_file_sets_no_hours():
    assert Hours.from_file(SHIPPED).words() is None


def test_the_shipped_example_can_be_taken_as_it_is(hours):
    remarks = SHIPPED.read_text(encoding="utf-8").splitlines()
    example = remarks[next(i for i, line in enumerate(remarks) if line.startswith("# time_zone")) :]

    told = hours("\n".join(line.removeprefix("# ") for line in example))

    assert told.is_open(at("2026-11-23 10:00")) is True
    assert told.is_open(at("2026-12-25 23:00")) is False


def test_without_hours_the_day_begins_with_utc(hours):
    assert hours("").start_of_day(at("2026-11-20 12:00")) == at("2026-11-20 00:00", "UTC")


# ---- open or not


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("2026-11-20 08:59", False),
        ("2026-11-20 09:00", True),
        ("2026-11-20 16:59:59", True),
        ("2026-11-20 17:00", False),
        ("2026-11-21 12:00", False),
    ],
)
def test_open_from_the_first_minute_to_before_the_last(hours, when, is_open):
    assert hours(WEEKDAYS).is_open(at(when)) is is_open


def test_several_spans_leave_a_break(hours):
    told = hours(days(monday='["13:00-17:00", "09:00-12:00"]'))

    assert [told.is_open(at(f"2026-11-23 {time}")) for time in ("11:59", "12:30", "13:00")] == [True, False, True]


def test_a_span_over_midnight_runs_into_the_next_day(hours):
    told = hours(days(friday='["22:00-02:00"]', saturday="closed"))

    assert told.is_open(at("2026-11-20 23:00")) is True
    assert told.is_open(at("2026-11-21 01:59")) is True
    assert told.is_open(at("2026-11-21 02:00")) is False
    assert told.is_open(at("2026-11-21 23:00")) is False


def test_a_span_over_midnight_runs_from_sunday_into_monday(hours):
    assert hours(days(sunday='["22:00-02:00"]')).is_open(at("2026-11-23 01:00")) is True


def test_a_whole_day_is_open_to_its_end(hours):
    told = hours(days(wednesday='["00:00-24:00"]'))

    assert told.is_open(at("2026-11-18 00:00")) is True
    assert told.is_open(at("2026-11-18 23:59:59")) is True
    assert told.is_open(at("2026-11-19 00:00")) is False


def test_one_span_needs_no_list(hours):
    assert hours(days(monday="09:00 - 17:00")).is_open(at("2026-11-23 10:00")) is True


def test_a_day_may_be_written_with_a_capital(hours):
    assert hours(days(Monday='["9:00-17:00"]')).is_open(at("2026-11-23 10:00")) is True


def test_holidays_are_closed(hours):
    told = hours(WEEKDAYS + 'holidays: ["2027-01-01", "2026-12-24/2026-12-26"]\n')

    found = {
        day: told.is_open(at(f"{day} 12:00")) for day in ("2026-12-23", "2026-12-24", "2026-12-25", "2027-01-01", "2027-01-04")
    }

    assert found == {"2026-12-23": True, "2026-12-24": False, "2026-12-25": False, "2027-01-01": False, "2027-01-04": True}


def test_a_holiday_without_quotes_is_a_date_too(hours):
    assert hours(WEEKDAYS + "holidays: [2027-01-01]\n").is_open(at("2027-01-01 12:00")) is False


def test_a_holiday_is_closed_from_midnight_to_midnight(hours):
    nights = days(thursday="22:00-02:00", friday="22:00-02:00") + 'holidays: ["2027-01-01"]\n'

    told = hours(nights)

    assert told.is_open(at("2026-12-31 23:00")) is True
    assert told.is_open(at("2027-01-01 01:00")) is False
    assert told.is_open(at("2027-01-02 01:00")) is False


# ---- summer and winter time


@pytest.mark.parametrize("day", ["2026-03-06", "2026-03-09", "2026-10-30", "2026-11-02"])
def test_the_clock_on_the_wall_counts_in_summer_and_winter(hours, day):
    told = hours(WEEKDAYS)

    assert [told.is_open(at(f"{day} {time}")) for time in ("08:59", "09:00", "16:59", "17:00")] == [False, True, True, False]


def test_the_hour_that_is_left_out_in_spring_does_no_harm(hours):
    told = hours(days(sunday="02:30-04:00"))

    assert told.is_open(at("2026-03-08 01:59")) is False
    assert told.is_open(at("2026-03-08 03:00")) is True
    assert told.is_open(at("2026-03-08 04:00")) is False


def test_the_hour_that_comes_twice_in_autumn_is_open_twice(hours):
    told = hours(days(sunday="01:00-02:00"))

    assert [told.is_open(at("2026-11-01 01:30", fold=fold)) for fold in (0, 1)] == [True, True]
    assert told.is_open(at("2026-11-01 02:00")) is False


@pytest.mark.parametrize(("day", "length"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-20", 24)])
def test_a_day_begins_at_midnight_however_long_it_is(hours, day, length):
    told = hours(WEEKDAYS)
    begins = at(f"{day} 00:00")

    assert told.start_of_day(begins) == begins
    assert told.start_of_day(begins + length * 3600 - 1) == begins
    assert told.start_of_day(begins + length * 3600) == begins + length * 3600


def test_a_day_without_a_midnight_begins_when_it_begins(hours):
    told = hours("time_zone: America/Sao_Paulo\ndays: {monday: 09:00-17:00}\n")

    assert told.start_of_day(at("2018-11-04 12:00", "America/Sao_Paulo")) == at("2018-11-04 01:00", "America/Sao_Paulo")


# ---- in words


def test_days_with_the_same_hours_are_told_together(hours):
    told = hours(WEEKDAYS + '  saturday: ["10:00-14:00"]\n')

    assert told.words() == "Monday to Friday 9 am to 5 pm, Saturday 10 am to 2 pm, Eastern Time"


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        ({"saturday": "09:00-17:00", "sunday": "09:00-17:00"}, "Saturday and Sunday 9 am to 5 pm, Eastern Time"),
        (
            {"monday": "09:00-17:00", "wednesday": "09:00-17:00", "friday": "09:00-17:00", "sunday": "08:30-12:00"},
            "Monday, Wednesday and Friday 9 am to 5 pm; Sunday 8:30 am to noon, Eastern Time",
        ),
        ({"monday": '["09:00-12:00", "12:30-24:00"]'}, "Monday 9 am to noon and 12:30 pm to midnight, Eastern Time"),
        ({"friday": "22:00-02:00"}, "Friday 10 pm to 2 am, Eastern Time"),
        (dict.fromkeys(EVERY_DAY, "00:00-24:00"), "every day all day, Eastern Time"),
        (dict.fromkeys(EVERY_DAY, "00:00-06:30"), "every day midnight to 6:30 am, Eastern Time"),
    ],
)
def test_hours_are_told_as_people_say_them(hours, spans, told):
    assert hours(days(**spans)).words() == told


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("time_zone: America/Denver\nname_of_zone: Denver time", "Denver time"),
        ("time_zone: Pacific/Honolulu", "Hawaii Time"),
        ("time_zone: Europe/London", "London time"),
        ("time_zone: UTC", "UTC"),
    ],
)
def test_the_zone_has_a_name_that_people_know(hours, zone, told):
    assert hours(f"{zone}\ndays: {{monday: 09:00-17:00}}\n").words() == f"Monday 9 am to 5 pm, {told}"


# ---- the next opening


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("2026-11-20 07:00", "today at 9 am"),
        ("2026-11-19 17:00", "tomorrow at 9 am"),
        ("2026-11-20 17:00", "on Monday at 9 am"),
        ("2026-11-20 12:00", None),
        ("2026-12-23 18:00", "on Monday, January 4, at 9 am"),
    ],
)
def test_the_next_opening_is_told_in_words(hours, when, told):
    assert hours(WEEKDAYS + 'holidays: ["2026-12-24/2027-01-01"]\n').next_opening(at(when)) == told


def test_after_a_break_the_chat_opens_again_the_same_day(hours):
    assert hours(days(monday='["09:00-12:00", "13:30-17:00"]')).next_opening(at("2026-11-23 12:00")) == "today at 1:30 pm"


def test_an_opening_at_midnight_is_told_without_a_doubt(hours):
    told = hours(days(monday="00:00-24:00"))

    assert told.next_opening(at("2026-11-22 20:00")) == "tonight at midnight"
    assert told.next_opening(at("2026-11-21 20:00")) == "at midnight, as Monday begins"
    assert told.next_opening(at("2026-11-24 20:00")) == "at midnight, as Monday begins"


def test_no_opening_is_told_where_every_day_is_a_holiday(hours):
    assert hours(WEEKDAYS + 'holidays: ["2026-01-01/2036-01-01"]\n').next_opening(at("2026-11-20 12:00")) is None


# ---- mistakes


@pytest.mark.parametrize(
    ("text", "value", "do"),
    [
        ("time_zone: America/New_Yrok\ndays: {monday: 09:00-17:00}", "America/New_Yrok", "America/New_York"),
        ("time_zone: Eastern Time\ndays: {monday: 09:00-17:00}", "Eastern Time", "Name the zone by a place"),
        ("time_zone: EST\ndays: {monday: 09:00-17:00}", "EST", "Name the zone by a place"),
        ("time_zone: America\ndays: {monday: 09:00-17:00}", "America", "Name the zone by a place"),
        ("time_zone: ../../etc/passwd\ndays: {monday: 09:00-17:00}", "../../etc/passwd", "Name the zone by a place"),
        ("days: {monday: 09:00-17:00}", "time_zone is missing", "Give it"),
        ("time_zone: UTC", "days is missing", "Give it"),
        ("time_zone: UTC\ndays:\nholidays: [2027-01-01]", "days is missing", "Give it"),
        ("open: monday", "open", "Known are time_zone"),
        ("time_zone: UTC\ntimezone: UTC", "timezone", "Is it time_zone?"),
        ("09:00-17:00", "09:00-17:00", "Give time_zone and days"),
        ("time_zone: UTC\ndays: monday", "monday", "Give each day its hours"),
        (days(wensday="09:00-17:00"), "wensday", "Is it wednesday?"),
        (days(weekend="09:00-17:00"), "weekend", "Known are monday"),
        (days(monday="09:00-17:00", Monday="10:00-17:00"), "Monday", "Keep one"),
        (days(monday="09:00-17:00") + "  monday: 10:00-12:00\n", "line 4", "monday stands there twice"),
        (days(monday="closed"), "no day has hours", "empty the file"),
        (days(monday="9-17"), "9-17", "09:00-17:00"),
        (days(monday=""), "nothing", "09:00-17:00"),
        (days(monday="off"), "off", "closed"),
        (days(monday="09:75-17:00"), "09:75-17:00", "09:00-17:00"),
        (days(monday="09:00-25:00"), "09:00-25:00", "from 00:00 to 24:00"),
        (days(monday="24:00-24:00"), "24:00-24:00", "from 00:00 to 24:00"),
        (days(monday="09:00-24:30"), "09:00-24:30", "from 00:00 to 24:00"),
        (days(monday="17:00-09:00"), "17:00-09:00", "Give the earlier hour first"),
        (days(monday="09:00-09:00"), "09:00-09:00", "00:00-24:00"),
        (days(monday='["09:00-12:00", "11:00-17:00"]'), "09:00-12:00 and 11:00-17:00", "Make one of the two"),
        (days(friday="22:00-02:00", saturday="01:00-05:00"), "22:00-02:00 and 01:00-05:00", "Make one of the two"),
        (days(sunday="20:00-08:00", monday="00:00-24:00"), "20:00-08:00 and 00:00-24:00", "Make one of the two"),
        (WEEKDAYS + "holidays: christmas", "christmas", "is not a list"),
        (WEEKDAYS + "holidays: [christmas]", "christmas", "2027-01-01"),
        (WEEKDAYS + "holidays: [2027-02-30]", "2027-02-30", "2027-01-01"),
        (WEEKDAYS + "holidays: [20270101]", "20270101", "2027-01-01"),
        (WEEKDAYS + "holidays: [2026-12-24/26]", "2026-12-24/26", "2026-12-24/2026-12-26"),
        (WEEKDAYS + "holidays: [2026-12-26/2026-12-24]", "2026-12-26/2026-12-24", "Give the earlier date first"),
        ("time_zone: [", "not readable YAML", "Mind indents"),
        ("time_zone: \0", "ReaderError", "UTF-8"),
    ],
)
def test_a_mistake_is_told_with_the_file_the_value_and_what_to_do(hours, text, value, do):
    with pytest.raises(SettingsError) as wrong:
        hours(text)

    assert re.match(r"\S+/hours\.yml: ", str(wrong.value))
    assert value in str(wrong.value)
    assert do in str(wrong.value)


def test_a_file_that_is_no_text_is_told(tmp_path):
    path = tmp_path / "hours.yml"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(SettingsError, match="UTF-8"):
        Hours.from_file(path)


# ---- any hours at any time

TIMES = st.integers(0, 24 * 4 - 1).map(lambda quarter: quarter * 15)
MOMENTS = st.integers(int(at("2026-01-01 00:00")), int(at("2027-12-31 00:00")))


def written(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def weeks(draw):
    """Return the text of a file with one span on some days, some of them over midnight."""
    chosen = draw(st.lists(st.sampled_from(EVERY_DAY[::2]), min_size=1, unique=True))
    spans = {}
    for day in chosen:
        start, length = draw(TIMES), draw(st.integers(1, 48).map(lambda quarter: quarter * 15))
        spans[day] = f"{written(start)}-{written((start + length) % (24 * 60))}"
    if "monday" in spans:
        spans.pop("sunday", None)  # one may run into the other
    zone = draw(st.sampled_from(["America/New_York", "Europe/London", "Asia/Kolkata", "Pacific/Auckland", "UTC"]))
    return days(**spans).replace("America/New_York", zone), zone


@given(week=weeks(), when=MOMENTS)
@settings(max_examples=200, deadline=None)
def test_closed_hours_name_an_opening_and_open_ones_do_not(week, when, tmp_path_factory):
    path = tmp_path_factory.mktemp("hours") / "hours.yml"
    path.write_text(week[0], encoding="utf-8")
    told = Hours.from_file(path)

    assert (told.next_opening(when) is None) is told.is_open(when)
    assert any(told.is_open(when + quarter * 900) for quarter in range(4 * 24 * 7 + 4))


@given(week=weeks(), when=MOMENTS)
@settings(max_examples=200, deadline=None)
def test_a_day_begins_before_any_of_its_moments(week, when, tmp_path_factory):
    path = tmp_path_factory.mktemp("hours") / "hours.yml"
    path.write_text(week[0], encoding="utf-8")

    begins = Hours.from_file(path).start_of_day(when)

    zone = ZoneInfo(week[1])
    assert begins <= when < begins + 25 * 3600
    assert datetime.fromtimestamp(begins, zone).date() == datetime.fromtimestamp(when, zone).date()


# ---- what `helpdesk check` says


def test_the_checker_finds_what_would_stop_the_start(tmp_path):
    path = tmp_path / checker.FILE
    path.parent.mkdir(parents=True)
    path.write_text(WEEKDAYS.replace("09:00-17:00", "09:00-25:00", 1), encoding="utf-8")

    [problem] = checker.problems_of(Content(tmp_path))

    assert str(problem).startswith("data/desk/hours.yml: ") and "25:00" in problem.what and str(tmp_path) not in str(problem)
    assert not problem.warning


@pytest.mark.parametrize("text", ["", WEEKDAYS, None])
def test_the_checker_finds_nothing_wrong_with_hours_that_can_be_read_or_are_not_set(tmp_path, text):
    path = tmp_path / checker.FILE
    path.parent.mkdir(parents=True)
    if text is not None:
        path.write_text(text, encoding="utf-8")

    assert list(checker.problems_of(Content(tmp_path))) == []
