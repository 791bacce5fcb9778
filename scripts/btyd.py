"""Buy till you die: will who has bought buy again, how often, and for how much?

BG/NBD (Fader, Hardie and Lee 2005, "Counting Your Customers" the Easy Way, Marketing Science 24):
while alive a member buys at random times at a rate of its own, gamma(r, alpha) over members, and
after each purchase is lost with a chance of its own, beta(a, b). Gamma-Gamma (Fader and Hardie
2013, The Gamma-Gamma Model of Monetary Value): a purchase is worth gamma(p, nu) around a mean of
the member's own, where nu is gamma(q, v) over members.

Both are fitted by maximum likelihood with exact gradients, over the distinct histories and how many
members have each. Days go in; as in the papers, time is in weeks (alpha), money in its currency
(v). Nothing here reads a warehouse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import digamma, expit, gammaln, hyp2f1

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]

DAYS_A_WEEK = 7.0
PLACES = 6  # decimals of a parameter; what is expected is computed from the rounded ones
MIN_REPEAT_BUYERS = 50
# A likelihood that still rises at exp(±BOUND) has no maximum: members do not differ enough.
BOUND = 9.0


@dataclass(frozen=True)
class Fit:
    """A fitted model, or why there is none.

    Attributes:
        parameters: by name, rounded to PLACES; all None where `status` is not `fitted`.
        members: how many members the fit has seen.
        log_likelihood: at the maximum, natural logarithm; None without a fit.
        status: `fitted`, or in words what was lacking.
    """

    parameters: dict[str, float | None]
    members: int
    log_likelihood: float | None
    status: str

    @property
    def values(self) -> list[float]:
        """The parameters in their order."""
        return list(self.parameters.values())


@dataclass(frozen=True)
class Histories:
    """Distinct histories of purchases, one a day, as arrays of one length.

    Attributes:
        frequency: purchase days after the first.
        recency: days from the first to the last.
        age: days from the first to the end of what is observed.
        members: how many members have this history.
    """

    frequency: Whole
    recency: Whole
    age: Whole
    members: Whole


def maximum(
    names: Sequence[str],
    start: Sequence[float],
    log_likelihood: Callable[[Numbers], tuple[float, Numbers]],
    members: int,
    repeat_buyers: int,
) -> Fit:
    """The parameters, all above 0, at which a log likelihood is greatest.

    Args:
        names: names of the parameters.
        start: where the search begins.
        log_likelihood: gives, for parameters, the value and its gradient.
        members: how many members it is the likelihood of.
        repeat_buyers: how many of them bought again.
    """
    nothing = dict.fromkeys(names)
    if repeat_buyers < MIN_REPEAT_BUYERS:
        lacking = f"not enough repeat buyers: {repeat_buyers} of {MIN_REPEAT_BUYERS} needed"
        return Fit(nothing, members, None, lacking)

    def loss(logs: Numbers) -> tuple[float, Numbers]:
        parameters = np.exp(logs)
        value, gradient = log_likelihood(parameters)
        return -value / members, -gradient * parameters / members

    found = minimize(
        loss,
        np.log(start),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-BOUND, BOUND + np.log(size)) for size in start],
        options={"maxiter": 2000, "maxfun": 4000, "ftol": 0.0, "gtol": 1e-9},
    )
    at_a_bound = (found.x <= -BOUND) | (found.x >= BOUND + np.log(start))
    if at_a_bound.any():
        names_there = ", ".join(np.array(names)[at_a_bound])
        return Fit(
            nothing, members, None, f"no maximum: the likelihood keeps rising in {names_there}"
        )
    if np.abs(found.jac).max() > 1e-6:
        return Fit(nothing, members, None, "no maximum found")
    values = np.round(np.exp(found.x), PLACES)
    fitted = dict(zip(names, values.tolist(), strict=True))
    return Fit(fitted, members, float(-found.fun * members), "fitted")


def fit_bg_nbd(histories: Histories) -> Fit:
    """Fits r, alpha, a and b of the BG/NBD."""
    x = histories.frequency.astype(float)
    weight = histories.members.astype(float)
    again = histories.frequency > 0
    buyers = weight[again]
    # What depends on the frequency alone is computed once for each frequency, and logarithms of
    # days once for each day; only one term is left to be computed for each history.
    counts = np.arange(histories.frequency.max(initial=0) + 1.0)
    at_count = np.bincount(histories.frequency, weight)
    weeks = np.arange(histories.age.max(initial=0) + 1) / DAYS_A_WEEK
    purchases = x[again]
    recency, age = histories.recency[again], histories.age[again]

    def log_likelihood(parameters: Numbers) -> tuple[float, Numbers]:
        r, alpha, a, b = parameters
        logs, ratios = np.log(alpha + weeks), 1 / (alpha + weeks)
        longer = logs[age] - logs[recency]
        bound = b + counts - 1
        bound[0] = 1.0  # of no use: who has not bought again cannot have been lost
        lost = np.log(a) - np.log(bound)[histories.frequency[again]] + (r + purchases) * longer
        by_count = (
            gammaln(r + counts) - gammaln(r) + gammaln(a + b) + gammaln(b + counts)
            - gammaln(b) - gammaln(a + b + counts)
        )  # fmt: skip
        log_age = logs[histories.age]
        value = (
            (at_count * by_count).sum()
            + (weight * (r * np.log(alpha) - (r + x) * log_age)).sum()
            + (buyers * np.logaddexp(0, lost)).sum()
        )
        chance = buyers * expit(lost)  # of being lost since the last purchase
        together = digamma(a + b) - digamma(a + b + counts)
        gradient = np.array([
            (at_count * (digamma(r + counts) - digamma(r))).sum()
            + (weight * (np.log(alpha) - log_age)).sum() + (chance * longer).sum(),
            (weight * (r / alpha - (r + x) * ratios[histories.age])).sum()
            + (chance * (r + purchases) * (ratios[age] - ratios[recency])).sum(),
            (at_count * together).sum() + chance.sum() / a,
            (at_count * (together + digamma(b + counts) - digamma(b))).sum()
            - (chance / bound[histories.frequency[again]]).sum(),
        ])  # fmt: skip
        return value, gradient

    members = int(weight.sum())
    typical_age = max((weight * histories.age).sum() / max(members, 1) / DAYS_A_WEEK, 1.0)
    return maximum(
        ("r", "alpha", "a", "b"),
        (1.0, typical_age, 1.0, 1.0),
        log_likelihood,
        members,
        int(buyers.sum()),
    )


def fit_gamma_gamma(frequency: Whole, mean_value: Numbers, members: Whole) -> Fit:
    """Fits p, q and v of the Gamma-Gamma.

    Args:
        frequency: repeat purchase days.
        mean_value: mean value of such a day.
        members: how many members have both. Those without a repeat day, or of whom all were free,
            say nothing about values and are left out.
    """
    used = (frequency > 0) & (mean_value > 0)
    x, m, weight = frequency[used].astype(float), mean_value[used], members[used].astype(float)
    counts = np.arange(frequency.max(initial=0) + 1.0)
    at_count = np.bincount(frequency[used], weight, len(counts))
    buyers, total, spent = weight.sum(), x * m, (weight * np.log(m)).sum()
    log_total = (weight * x * np.log(total)).sum() if len(x) else 0.0

    def log_likelihood(parameters: Numbers) -> tuple[float, Numbers]:
        p, q, v = parameters
        c, w = counts[1:], at_count[1:]
        logs = np.log(v + total)
        value = (
            (w * (gammaln(p * c + q) - gammaln(p * c) - gammaln(q))).sum()
            + buyers * q * np.log(v) + p * log_total - spent
            - (weight * (p * x + q) * logs).sum()
        )  # fmt: skip
        shared = digamma(p * c + q)
        gradient = np.array([
            (w * c * (shared - digamma(p * c))).sum() + log_total - (weight * x * logs).sum(),
            (w * (shared - digamma(q))).sum() + buyers * np.log(v) - (weight * logs).sum(),
            buyers * q / v - (weight * (p * x + q) / (v + total)).sum(),
        ])  # fmt: skip
        return value, gradient

    typical = (weight * m).sum() / buyers if buyers else 1.0
    start = (1.0, 2.0, typical)
    fit = maximum(("p", "q", "v"), start, log_likelihood, int(buyers), int(buyers))
    if fit.status == "fitted" and fit.parameters["q"] <= 1:
        return Fit(
            dict.fromkeys(fit.parameters), fit.members, None, "no finite mean: q is at most 1"
        )
    return fit


def chance_alive(fit: Fit, frequency: Whole, recency: Whole, age: Whole) -> Numbers:
    """Probability that members of these histories can still buy."""
    r, alpha, a, b = fit.values
    x, since, whole = frequency.astype(float), recency / DAYS_A_WEEK, age / DAYS_A_WEEK
    ever = np.maximum(x, 1.0)  # who has bought once only is alive for certain in this model
    lost = np.log(a / (b + ever - 1)) + (r + ever) * np.log((alpha + whole) / (alpha + since))
    return np.where(x > 0, expit(-lost), 1.0)


def expected_purchases(
    fit: Fit, frequency: Whole, recency: Whole, age: Whole, days: int
) -> Numbers:
    """Expected purchase days in the next `days`, given what is known of the member.

    The formula of the paper with Euler's transformation of its hypergeometric function, whose
    arguments then stay small however often somebody has bought.
    """
    r, alpha, a, b = fit.values
    a = a if abs(a - 1) > 1e-6 else 1 + 1e-6  # the formula has a removable gap at 1
    # All but the chance of being alive depends on frequency and age alone.
    key, place = np.unique(frequency * (age.max(initial=0) + 1) + age, return_inverse=True)
    x, whole = np.divmod(key, age.max(initial=0) + 1)
    z = (days / DAYS_A_WEEK) / (alpha + (whole + days) / DAYS_A_WEEK)
    c = a + b + x - 1
    kept = (1 - z) ** (a - 1) * hyp2f1(a + b - 1 - r, a - 1, c, z)
    return (c / (a - 1) * (1 - kept))[place] * chance_alive(fit, frequency, recency, age)


def chance_of_purchase(
    fit: Fit, frequency: Whole, recency: Whole, age: Whole, days: int
) -> Numbers:
    """Probability that members of these histories buy at all in the next `days`.

    The rate of who is alive now is gamma(r + x, alpha + T), and a first purchase from here does not
    depend on the chance of being lost after it.
    """
    r, alpha, _, _ = fit.values
    longer = np.log1p(days / DAYS_A_WEEK / (alpha + age / DAYS_A_WEEK))
    return chance_alive(fit, frequency, recency, age) * -np.expm1(-(r + frequency) * longer)


def expected_mean_value(fit: Fit, frequency: Whole, mean_value: Numbers) -> Numbers:
    """Expected value of a purchase day: between the member's own mean and that of all."""
    p, q, v = fit.values
    return p * (v + frequency * mean_value) / (p * frequency + q - 1)
