"""Prints divergence-reference.txt: KL, entropy and cross-entropy with 17 digits, from mpmath with hundreds of digits.

Run: python3 divergence_reference.py > divergence-reference.txt   (mpmath 1.3; the seed is fixed)
Each line: family, parameters of the first, parameters of the second, KL, entropy of the first, cross-entropy.
Parameters are float64 numbers, taken as exact. The formulas are the textbook ones, in enough digits to cancel.
"""
import random
from mpmath import mp, mpf, log, loggamma, psi, exp, pi, inf

mp.dps = 50
rng = random.Random(20261)


def kl_of(h, c):
    return c - h


def bernoulli(p, q):
    x = lambda w, v: mpf(0) if w == 0 else (inf if v == 0 else -w * log(v))
    h = x(p, p) + x(1 - p, 1 - p)
    c = x(p, q) + x(1 - p, 1 - q)
    return h, c


def geometric(p, q):
    h, c = bernoulli(p, q)
    return h / p, c / p


def mean_log_factorial(lam):
    if lam > 2000:
        return None
    top = int(lam + 60 * lam ** 0.5 + 60)
    weight, total = exp(-lam), mpf(0)
    for k in range(1, top):
        weight *= lam / k
        total += weight * loggamma(k + 1)
    return total


def poisson(a, b):
    e = mean_log_factorial(a)
    if e is None:
        r = 1 / a
        h = log(2 * pi * mp.e * a) / 2 - r / 12 - r ** 2 / 24 - 19 * r ** 3 / 360
        return h, h + b - a - a * log(b / a)
    return a * (1 - log(a)) + e, b - a * log(b) + e


def exponential(r, s):
    return 1 - log(r), s / r - log(s)


def normal(m, s, n, t):
    return log(s) + log(2 * pi * mp.e) / 2, log(t) + log(2 * pi) / 2 + (s * s + (m - n) ** 2) / (2 * t * t)


def lognormal(m, s, n, t):
    h, c = normal(m, s, n, t)
    return h + m, c + m


def laplace(m, b, n, d):
    x = abs(m - n)
    return 1 + log(2 * b), log(2 * d) + (x + b * exp(-x / b)) / d


def gamma(a, b, c, d):
    h = a - log(b) + loggamma(a) + (1 - a) * psi(0, a)
    return h, loggamma(c) - c * log(d) - (c - 1) * (psi(0, a) - log(b)) + d * a / b


def dirichlet(x, y):
    s = sum(x)
    ln_b = lambda v: sum(loggamma(u) for u in v) - loggamma(sum(v))
    cross = lambda v: ln_b(v) - sum((w - 1) * (psi(0, u) - psi(0, s)) for u, w in zip(x, v))
    return cross(x), cross(y)


def beta(a, b, c, d):
    return dirichlet([a, b], [c, d])


def scale():
    kind = rng.random()
    width = 1 if kind < 0.4 else (9 if kind < 0.8 else 60)
    return 10 ** rng.uniform(-width, width)


def near(x):
    return x * (1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-13, -0.3))


def second(first, other):
    kind = rng.random()
    if kind < 0.3:
        return [other() for _ in first]
    if kind < 0.6:
        return [near(x) for x in first]
    if kind < 0.75:
        common = 1 + 10 ** rng.uniform(-8, 3)
        return [x * common for x in first]
    result = list(first)
    i = rng.randrange(len(first))
    result[i] = near(first[i]) if rng.random() < 0.5 else other()
    return result


def share():
    kind = rng.random()
    if kind < 0.4:
        return rng.random()
    return 10 ** rng.uniform(-60 if kind > 0.8 else -9, -1) if rng.random() < 0.6 else 1 - 10 ** rng.uniform(-12, -1)


def write(name, function, first, other, count, flat=True):
    for _ in range(count):
        x = first()
        y = other(x)
        mp.dps = 450
        h, c = function(*map(mpf, x + y)) if flat else function(list(map(mpf, x)), list(map(mpf, y)))
        numbers = [mp.nstr(v, 17) for v in (c - h, h, c)]
        print(name, ",".join(map(repr, x)), ",".join(map(repr, y)), *numbers)


def located():
    return [rng.choice([-1, 1]) * scale(), scale()]


def located_second(x):
    kind = rng.random()
    if kind < 0.3:
        return located()
    location = x[0] if kind < 0.5 else x[0] + rng.choice([-1, 1]) * x[1] * 10 ** rng.uniform(-12, 3)
    return [location, rng.choice([x[1], near(x[1]), scale()])]


def valid_share(x):
    return min(max(x, 1e-300), 1.0)


write("bernoulli", bernoulli, lambda: [share()], lambda x: [valid_share(v) for v in second(x, share)], 60)
write("geometric", geometric, lambda: [share()], lambda x: [valid_share(v) for v in second(x, share)], 60)
write("poisson", poisson, lambda: [10 ** rng.uniform(-9, 3.2) if rng.random() < 0.8 else 10 ** rng.uniform(6, 60)],
      lambda x: second(x, scale), 60)
write("exponential", exponential, lambda: [scale()], lambda x: second(x, scale), 60)
write("normal", normal, located, located_second, 70)
write("lognormal", lognormal, located, located_second, 40)
write("laplace", laplace, located, located_second, 70)
write("gamma", gamma, lambda: [scale(), scale()], lambda x: second(x, scale), 100)
write("beta", beta, lambda: [scale(), scale()], lambda x: second(x, scale), 110)
write("dirichlet", dirichlet, lambda: [scale() for _ in range(rng.choice([1, 2, 3, 5]))],
      lambda x: second(x, scale), 74, False)
