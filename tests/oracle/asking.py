"""Asks a foreign library, in an environment and a process of its own.

Run as a program by the library's Python: questions as JSON on standard input, answers
on standard output. Imported by the tests: `ask(library, questions)`. Nothing of
Mitwirken is imported here: the two sides share no code.

A question has `rule`, `options` (how many: 0, 1, 2...) and `votes`: pairs of a sheet,
{option: value}, and its weight. Budgets add `costs` and `budget`. The answer is the
list of winners, all of them when they are tied, unless its function says otherwise.
Opinion maps have statements for options, and one person per sheet: the weight is 1.
"""

# The libraries are not in .venv, and never will be.
# mypy: disable-error-code="import-not-found,import-untyped"

import json
import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from statistics import NormalDist
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
Question = dict[str, Any]


def ask(library: str, questions: list[Question]) -> list[Any]:
    """The library's answers; builds its environment when it is missing."""
    envs = Path(os.environ.get("ORACLE_ENVS") or ROOT / "var" / "oracle")
    subprocess.run(
        [ROOT / "tools" / "oracle_env.sh", sys.executable, library],
        check=True,
        stdout=sys.stderr,
        env=os.environ | {"ORACLE_ENVS": str(envs)},
    )
    done = subprocess.run(
        [envs / library / "bin" / "python", __file__, library],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        check=False,
        # Matplotlib, which comes along, writes into the home directory otherwise.
        env=os.environ | {"MPLCONFIGDIR": str(envs / library / "matplotlib")},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answers = json.loads(done.stdout.splitlines()[-1])
    assert len(answers) == len(questions)
    return list(answers)


def votes_of(question: Question) -> list[tuple[dict[int, int], int]]:
    """Sheets with their weights; JSON has made the option numbers strings."""
    return [
        ({int(option): value for option, value in sheet.items()}, weight)
        for sheet, weight in question["votes"]
    ]


# --- pref_voting --------------------------------------------------------------
def pref_voting() -> dict[str, Callable[[Question], Any]]:
    from pref_voting import (  # noqa: PLC0415
        c1_methods,
        grade_methods,
        iterative_methods,
        margin_based_methods,
        other_methods,
        scoring_methods,
    )
    from pref_voting.grade_profiles import GradeProfile  # noqa: PLC0415
    from pref_voting.profiles import Profile  # noqa: PLC0415
    from pref_voting.profiles_with_ties import ProfileWithTies  # noqa: PLC0415
    from pref_voting.proportional_methods import stv_wig  # noqa: PLC0415

    def ranked(question: Question) -> Any:
        votes = votes_of(question)
        profile = ProfileWithTies(
            [sheet for sheet, __ in votes],
            rcounts=[weight for __, weight in votes],
            candidates=list(range(question["options"])),
        )
        # Whatever is ranked is before whatever is not.
        profile.use_extended_strict_preference()
        return profile

    def complete(question: Question) -> Any:
        """Every option has a rank of its own on every sheet."""
        votes = votes_of(question)
        return Profile(
            [sorted(sheet, key=sheet.__getitem__) for sheet, __ in votes],
            rcounts=[weight for __, weight in votes],
        )

    def graded(question: Question) -> Any:
        votes = votes_of(question)
        return GradeProfile(
            [sheet for sheet, __ in votes],
            question["grades"],
            gcounts=[weight for __, weight in votes],
            candidates=list(range(question["options"])),
        )

    def schulze(question: Question) -> Any:
        """Winners, and the pairs of whom the first stands before the second."""
        profile = ranked(question)
        winners = margin_based_methods.beat_path(
            profile, strength_function=profile.support
        )
        order = margin_based_methods.beat_path_defeat(
            profile, strength_function=profile.support
        )
        return [winners, sorted(order.edges())]

    def pairwise(question: Question) -> Any:
        """Winners, and everybody's points: one for a win, a half for a tie."""
        profile = ranked(question)
        points = profile.copeland_scores(scores=(1, 0.5, 0))
        return [
            c1_methods.copeland(profile),
            [points[option] for option in range(question["options"])],
        ]

    def stv(question: Question) -> Any:
        """The elected, for each order of precedence among equals at elimination."""
        profile = ranked(question)
        return [
            stv_wig(
                profile,
                num_seats=question["seats"],
                quota_rule="droop",
                tie_break_key=order.index,
            )
            for order in question["orders"]
        ]

    def first_choices(question: Question) -> Any:
        """Orders of which only the first place says something."""
        everybody = range(question["options"])
        votes = [(next(iter(sheet)), weight) for sheet, weight in votes_of(question)]
        return Profile(
            [[first, *(o for o in everybody if o != first)] for first, __ in votes],
            rcounts=[weight for __, weight in votes],
        )

    def middle(question: Question) -> Any:
        """The step in the middle, both when it lies between two; the steps' shares.

        One thing is graded, and every option is a grade: the first is the best.
        """
        votes = votes_of(question)
        best = question["options"] - 1
        profile = GradeProfile(
            [{0: best - next(iter(sheet))} for sheet, __ in votes],
            list(range(question["options"])),
            gcounts=[weight for __, weight in votes],
        )
        ends = {best - grade for grade in profile.median(0, use_lower=False)}
        shares = [
            profile.proportion(0, best - step) for step in range(question["options"])
        ]
        return [sorted(ends), shares]

    def against(question: Question) -> Any:
        """How many put the second of two before the first; equals put neither."""
        return ranked(question).support(1, 0)

    return {
        "schulze": schulze,
        "pairwise": pairwise,
        # Everybody who wins in some order among equals.
        "irv": lambda question: iterative_methods.instant_runoff_put(
            complete(question)
        ),
        # Equal ranks share the vote; without them it is the usual count, for votes
        # that do not rank every option as well.
        "irv_split": lambda question: iterative_methods.instant_runoff_put(
            ranked(question), score_method="split"
        ),
        "stv": stv,
        "borda": lambda question: scoring_methods.borda(complete(question)),
        # Equal ranks share their points.
        "borda_ties": lambda question: scoring_methods.borda_for_profile_with_ties(
            ranked(question)
        ),
        "plurality": lambda question: scoring_methods.plurality(
            first_choices(question)
        ),
        "majority": lambda question: other_methods.absolute_majority(
            first_choices(question)
        ),
        "middle": middle,
        "against": against,
        "margin": lambda question: ranked(question).margin(0, 1),
        "cumulative": lambda question: grade_methods.cumulative_voting(
            graded(question), max_total_grades=question["grades"][-1]
        ),
        "approval": lambda question: grade_methods.approval(graded(question)),
        "score": lambda question: grade_methods.score_voting(
            graded(question), ungraded_score=0
        ),
    }


# --- pabutools ----------------------------------------------------------------
def pabutools() -> dict[str, Callable[[Question], Any]]:
    from pabutools.election import (  # noqa: PLC0415
        ApprovalBallot,
        ApprovalProfile,
        Cost_Sat,
        Instance,
        Project,
    )
    from pabutools.fractions import frac  # noqa: PLC0415
    from pabutools.rules import (  # noqa: PLC0415
        greedy_utilitarian_welfare,
        method_of_equal_shares,
    )
    from pabutools.tiebreaking import TieBreakingRule  # noqa: PLC0415

    def election(question: Question) -> tuple[Any, Any, Any]:
        costs = question["costs"]
        projects = [Project(str(at), cost) for at, cost in enumerate(costs)]
        instance = Instance(projects, budget_limit=question["budget"])
        profile = ApprovalProfile(
            [
                ApprovalBallot(projects[option] for option in sheet)
                for sheet, weight in votes_of(question)
                for __ in range(weight)
            ]
        )
        # Equals: the cheaper one, then the one with more choices, then the first.
        ties = TieBreakingRule(
            lambda instance, profile, project: (
                project.cost,
                -profile.approval_score(str(project.name)),
                int(project.name),
            )
        )
        return instance, profile, ties

    def names(projects: Any) -> list[int]:
        return [int(project.name) for project in projects]

    def greedy(question: Question) -> Any:
        """In the order in which they were funded."""
        instance, profile, ties = election(question)
        return names(
            greedy_utilitarian_welfare(
                instance, profile, sat_class=Cost_Sat, tie_breaking=ties
            )
        )

    def equal_shares(question: Question) -> Any:
        """In the order in which they were funded; `steps` per share: 0 is none."""
        instance, profile, ties = election(question)
        step = None
        if question["steps"]:
            step = frac(question["budget"], profile.num_ballots() * question["steps"])
        return names(
            method_of_equal_shares(
                instance,
                profile,
                sat_class=Cost_Sat,
                tie_breaking=ties,
                voter_budget_increment=step,
            )
        )

    return {"greedy": greedy, "equal_shares": equal_shares}


# --- abcvoting ----------------------------------------------------------------
def abcvoting() -> dict[str, Callable[[Question], Any]]:
    # Imported at its start, though counting by rules never calls it.
    sys.modules["gurobipy"] = ModuleType("gurobipy")

    from abcvoting import abcrules  # noqa: PLC0415
    from abcvoting.preferences import Profile, Voter  # noqa: PLC0415

    def profile(question: Question) -> Any:
        made = Profile(question["options"])
        for sheet, weight in votes_of(question):
            made.add_voters([Voter(sheet) for __ in range(weight)])
        return made

    def approval(question: Question) -> Any:
        """Everybody who could win the only seat."""
        return sorted(
            option
            for committee in abcrules.compute_av(profile(question), 1, resolute=False)
            for option in committee
        )

    def equal_shares(question: Question) -> Any:
        """The funded when every project costs one, and there are `seats` to spend.

        Every outcome that some order among equals would give.
        """
        return [
            sorted(committee)
            for committee in abcrules.compute_equal_shares(
                profile(question),
                question["seats"],
                resolute=False,
                completion=None,
                algorithm="standard-fractions",
            )
        ]

    return {"approval": approval, "equal_shares": equal_shares}


# --- red-dwarf ----------------------------------------------------------------
def red_dwarf() -> dict[str, Callable[[Question], Any]]:
    import pandas as pd  # noqa: PLC0415
    from reddwarf.utils.consensus import (  # noqa: PLC0415
        select_consensus_statements,
    )
    from reddwarf.utils.matrix import (  # noqa: PLC0415
        generate_raw_matrix,
        simple_filter_matrix,
    )
    from reddwarf.utils.reducer.base import run_reducer  # noqa: PLC0415
    from reddwarf.utils.stats import (  # noqa: PLC0415
        calculate_comment_statistics_dataframes,
        populate_priority_calculations_into_statements_df,
        select_representative_statements,
    )
    from sklearn.metrics import silhouette_score  # noqa: PLC0415

    # The bound of Pol.is is rounded to 1.2816: the library is asked with the same one.
    confidence = NormalDist().cdf(1.2816)

    def opinion_map(question: Question) -> Any:
        """The steps of the library's `run_pipeline`, with groups that are given.

        `groups` has a number per person, -1 for none; `left_out` and `meta` name
        statements.
        """
        votes = generate_raw_matrix(
            [
                {"participant_id": person, "statement_id": statement, "vote": value}
                for person, (sheet, __) in enumerate(votes_of(question))
                for statement, value in sheet.items()
            ]
        )
        left_out = question["left_out"] + question["meta"]
        # Exactly: in large tables the library would take an approximation.
        people, statements, model = run_reducer(
            simple_filter_matrix(votes, left_out).values, svd_solver="full"
        )
        groups = pd.Series(question["groups"])
        labels = groups[groups >= 0]
        inside = votes.loc[labels.index]
        figures, agreed = calculate_comment_statistics_dataframes(
            inside, labels.to_numpy()
        )
        lists = select_representative_statements(
            figures, left_out, confidence=confidence
        )
        common = select_consensus_statements(votes, left_out, confidence=confidence)
        rows = pd.DataFrame(statements, columns=["x", "y"], index=votes.columns)
        rows["is_meta"] = rows.index.isin(question["meta"])
        rows = populate_priority_calculations_into_statements_df(rows, inside)
        names = ["n-success", "n-trials", "p-success", "p-test"]
        ratios = ["repness", "repness-test"]
        return {
            "center": model.mean_.tolist(),
            "axes": model.components_.tolist(),
            "places": people.tolist(),
            "extremity": rows["extremity"].tolist(),
            # Per group and figure, a number for every statement.
            "figures": [
                {name: column.tolist() for name, column in of_group.items()}
                for __, of_group in figures.groupby(level="group_id")
            ],
            "group_aware_consensus": agreed["group-aware-consensus"].tolist(),
            # Statement, 1 to agree or -1, count, seen, p and z, ratio and z.
            "representative": [
                [
                    [row["tid"], 1 if row["repful-for"] == "agree" else -1]
                    + [row[name] for name in names + ratios]
                    for row in lists.get(group, [])
                ]
                for group in range(labels.nunique())
            ],
            "consensus": {
                side: [[row["tid"]] + [row[name] for name in names] for row in found]
                for side, found in common.items()
            },
            "priority": rows["priority"].tolist(),
            # What its search for groups goes by; not defined for all groupings.
            "silhouette": [silhouette_score(people[labels.index], labels)]
            if 1 < labels.nunique() < len(labels)
            else [],
        }

    return {"opinion_map": opinion_map}


LIBRARIES = {
    "pref_voting": pref_voting,
    "pabutools": pabutools,
    "abcvoting": abcvoting,
    "red_dwarf": red_dwarf,
}


def answerable(answer: Any) -> Any:
    """What JSON can write: the libraries answer in numpy's and exact numbers too."""
    if isinstance(answer, dict):
        return {name: answerable(part) for name, part in answer.items()}
    if isinstance(answer, list | tuple):
        return [answerable(part) for part in answer]
    return float(answer) if isinstance(answer, float | Fraction) else int(answer)


if __name__ == "__main__":
    rules = LIBRARIES[sys.argv[1]]()
    asked = json.load(sys.stdin)
    print(json.dumps([answerable(rules[each["rule"]](each)) for each in asked]))
