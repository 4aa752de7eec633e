"""Who is let into the studio."""

from __future__ import annotations

import pytest

from tests.studio import Studio, opened, problem, title


@pytest.fixture
def studio(tmp_path):
    with opened(tmp_path) as found:
        yield found


def test_authors_and_approvers_are_let_in(studio: Studio):
    for staff in (studio.ada, studio.paul):
        page = staff.get("/studio")
        assert page.status_code == 200 and title(page)


def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back(studio: Studio):
    answer = studio.client.get("/studio", headers={"Accept": "text/html"})

    assert answer.status_code == 303 and answer.headers["location"] == "/desk/sign-in?next=/studio"


def test_a_navigator_is_told_that_the_studio_is_not_theirs(studio: Studio):
    ana = studio.staff("Ana", "navigator")

    page = ana.get("/studio")

    assert page.status_code == 403 and problem(page)
