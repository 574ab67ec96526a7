"""Prints extreme-reference.txt: divergences and entropies with 20 digits at the ends of the float64 range, from mpmath.

Run: python3 extreme_reference.py > extreme-reference.txt   (mpmath 1.3; the seed is fixed)
Each line: function, its arguments, the truth. Arguments are float64 numbers, taken as exact, and the formulas are the
textbook ones in 800 digits (150 where log-gamma functions enter), so that what cancels leaves enough of them.
"""
import math
import random
from mpmath import mp, mpf, exp, inf, log, log1p, loggamma, psi, sqrt

rng = random.Random(20262)


def wide(low, high):
    return 10 ** rng.uniform(low, high)


def sign():
    return rng.choice([-1, 1])


def positive():
    low, high = rng.choice([(-1, 1), (-8, 12), (-300, 300), (-323, -300)])
    return wide(low, high)


def nudged(x):
    if rng.random() < 0.3:
        return math.nextafter(x, rng.choice([0.0, math.inf]))
    return x * (1 + sign() * 10 ** -rng.uniform(0.2, 16))


def finite(x, otherwise):
    return x if math.isfinite(x) else otherwise


def write(name, arguments, truth, digits=800):
    mp.dps = digits
    text = [",".join(repr(float(v)) for v in (a if isinstance(a, list) else [a])) for a in arguments]
    print(name, *text, mp.nstr(truth(), 20))


def softplus(x):
    return (x if x > 0 else mpf(0)) + log1p(exp(-abs(x)))


def log_softmax(logits):
    top = max(logits)
    total = log(sum(exp(x - top) for x in logits if x != -inf))
    return [x - top - total for x in logits]


def kl_of_logits(a, b):
    p, q = log_softmax([mpf(x) for x in a]), log_softmax([mpf(x) for x in b])
    if any(x != -inf and y == -inf for x, y in zip(p, q)):
        return inf
    return sum(exp(x) * (x - y) for x, y in zip(p, q) if x != -inf)


def entropy_of_logits(a):
    return -sum(exp(x) * x for x in log_softmax([mpf(x) for x in a]) if x != -inf)


def logit_cases(count):
    for _ in range(count):
        size, scale = rng.choice([2, 2, 3, 5]), rng.choice([1, 10, 30, 300, 1e4])
        a = [rng.uniform(-scale, scale) for _ in range(size)]
        shift, step = rng.choice([0, rng.uniform(-1e4, 1e4)]), 10 ** -rng.uniform(-1, 15)
        b = [rng.uniform(-scale, scale) for _ in a] if rng.random() < 0.3 else [x + shift + rng.uniform(-step, step) for x in a]
        if size > 2 and rng.random() < 0.2:
            a[0], b[0] = -math.inf, rng.choice([-math.inf, b[0]])
        write("kl-of-logits", [a, b], lambda: kl_of_logits(a, b))
        write("entropy-of-logits", [a], lambda: entropy_of_logits(a))


def bernoulli_logit_cases(count):
    for _ in range(count):
        scale = rng.choice([1, 40, 800, 1e4])
        a = rng.uniform(-scale, scale)
        b = rng.choice([rng.uniform(-scale, scale), a + sign() * wide(-15, 3), -a])
        write("kl-of-bernoulli-logits", [a, b], lambda: kl_of_logits([a, 0.0], [b, 0.0]))


def normal_cases(count):
    for _ in range(count):
        l = rng.choice([rng.uniform(-3, 3), rng.uniform(-800, 800)])
        k = rng.choice([l, l + sign() * wide(-15, 2.5), rng.uniform(-800, 800), l - rng.uniform(354, 355)])
        m = sign() * positive()
        n = finite(rng.choice([m, m + math.exp(min(k, 700)) * sign() * wide(-15, 3), sign() * positive()]), m)
        write("kl-of-normal", [[m, l], [n, k]], lambda: (exp(2 * (mpf(l) - k)) - 1 - 2 * (mpf(l) - k)
                                                         + ((mpf(m) - n) * exp(-mpf(k))) ** 2) / 2)


def renyi_normal(o, m, s, n, t):
    o, m, s, n, t = map(mpf, (o, m, s, n, t))
    v = (1 - o) * s * s + o * t * t
    if v <= 0:
        return inf
    return o * (m - n) ** 2 / (2 * v) + (log(v) / 2 - (1 - o) * log(s) - o * log(t)) / (1 - o)


def location_cases(count):
    for _ in range(count):
        s = positive()
        t = rng.choice([s, nudged(s), positive()])
        m = sign() * positive()
        n = finite(rng.choice([m, 0.0, m + sign() * s * wide(-15, 3), sign() * positive()]), m)
        o = rng.choice([1e-8, 1e-3, 0.3, 0.5, 1 - 1e-8, 1 + 1e-15, 2.0, 1e5])
        if t > 0:
            write("renyi-of-normal", [o, [m, s], [n, t]], lambda: renyi_normal(o, m, s, n, t))
            write("kl-of-laplace", [[m, s], [n, t]], lambda: (lambda x, b, d: log(d / b) - 1 + (x + b * exp(-x / b)) / d)
                  (abs(mpf(m) - n), mpf(s), mpf(t)))


def uniform_cases(count):
    for _ in range(count):
        width = positive()
        low = rng.choice([0.0, -width / 3, width * 7])
        if not (math.isfinite(low + width) and low + width > low):
            low = 0.0
        high = low + width
        a = finite(rng.choice([low, low - width * wide(-16, 3)]), low)
        b = finite(rng.choice([high, high + width * wide(-16, 3)]), high)
        write("kl-of-uniform", [[low, high], [a, b]], lambda: log((mpf(b) - a) / (mpf(high) - low)))
        write("entropy-of-uniform", [[low, high]], lambda: log(mpf(high) - low))


def geometric_cases(count):
    for _ in range(count):
        p = rng.choice([rng.random(), wide(-323, -300), wide(-20, 0), 1 - wide(-16, -1)])
        q = min(rng.choice([nudged(p), rng.random(), wide(-323, -300)]), 1 - 2.0 ** -53)
        if p > 0 and q > 0:
            write("kl-of-geometric", [p, q], lambda: log(mpf(p) / q) + (1 - mpf(p)) / p * log((1 - mpf(p)) / (1 - mpf(q))))
            write("entropy-of-geometric", [p], lambda: -log(mpf(p)) - (1 - mpf(p)) / p * log(1 - mpf(p)))


def simplex(size):
    low = rng.choice([-1, -20, -300])
    weights = [wide(low, 0) for _ in range(size)]
    return [w / sum(weights) for w in weights]


def power_sum(o, p, q):
    # Less its first order in the sums of p and q, which float64 numbers do not keep at 1.
    return sum(x ** o * y ** (1 - o) - o * x - (1 - o) * y for x, y in zip(p, q))


def renyi(o, p, q):
    excess = power_sum(o, p, q)
    near = -0.5 < excess < 1
    return (log1p(excess) if near else log(sum(x ** o * y ** (1 - o) for x, y in zip(p, q)))) / (o - 1)


def finite_cases(count):
    for _ in range(count):
        p = simplex(rng.choice([2, 3, 5]))
        step = 10 ** -rng.uniform(0.5, 15)
        q = simplex(len(p)) if rng.random() < 0.4 else [x * (1 + rng.uniform(-step, step)) for x in p]
        q = [x / sum(q) for x in q]
        o = rng.choice([1e-8, 1e-3, 0.3, 0.5, 1 - 1e-8, 1.5, 2.0, 10.0])
        exact = lambda v: [mpf(x) for x in v]
        kl = lambda u, v: sum(x * log(x / y) - x + y for x, y in zip(u, v))
        middle = lambda: [(x + y) / 2 for x, y in zip(exact(p), exact(q))]
        write("kl", [p, q], lambda: kl(exact(p), exact(q)))
        write("jensen-shannon", [p, q], lambda: (kl(exact(p), middle()) + kl(exact(q), middle())) / 2)
        write("squared-hellinger", [p, q], lambda: sum((sqrt(x) - sqrt(y)) ** 2 for x, y in zip(exact(p), exact(q))) / 2)
        write("chi-squared", [p, q], lambda: sum((x - y) ** 2 / y for x, y in zip(exact(p), exact(q))))
        write("renyi", [o, p, q], lambda: renyi(mpf(o), exact(p), exact(q)))
        write("alpha", [-o, p, q], lambda: power_sum(-mpf(o), exact(p), exact(q)) / (mpf(o) * (mpf(o) + 1)))


def kl_of_beta_outputs(u, v):
    first, second = [1 + softplus(mpf(x)) for x in u], [1 + softplus(mpf(x)) for x in v]
    log_beta = lambda shapes: sum(map(loggamma, shapes)) - loggamma(sum(shapes))
    return log_beta(second) - log_beta(first) + sum(
        (a - b) * (psi(0, a) - psi(0, sum(first))) for a, b in zip(first, second))


def beta_family_cases(count):
    for _ in range(count):
        scale, step = rng.choice([1, 5, 30, 700, 1e4]), 10 ** -rng.uniform(0, 14)
        u = [rng.uniform(-scale, scale) for _ in range(2)]
        v = rng.choice([[rng.uniform(-scale, scale) for _ in u], [x + rng.uniform(-step, step) for x in u], [u[0], 0.0]])
        write("kl-of-beta-family", [u, v], lambda: kl_of_beta_outputs(u, v), 150)


def gamma_cases(count):
    for _ in range(count):
        a, c = wide(-12, 12), rng.choice([wide(-323, -308), wide(-12, 12)])
        write("kl-of-gamma", [[a, 1.0], [c, 1.0]],
              lambda: loggamma(mpf(c)) - loggamma(mpf(a)) - (mpf(c) - a) * psi(0, mpf(a)), 500)


def log_beta(shapes):
    return sum(map(loggamma, shapes)) - loggamma(sum(shapes))


def kl_of_shapes(a, b):
    return log_beta(b) - log_beta(a) + sum((x - y) * (psi(0, x) - psi(0, sum(a))) for x, y in zip(a, b))


def cross_entropy_of_shapes(a, b):
    return log_beta(b) - sum((y - 1) * (psi(0, x) - psi(0, sum(a))) for x, y in zip(a, b))


def lopsided_cases(count):
    """Shapes whose ratios leave the float64 range, where the divergence often does not."""
    for i in range(count):
        low, high = rng.choice([(-323, 308), (-300, 300), (-160, 160), (-20, 300), (-300, 20)])
        size = 2 if i % 3 else 3
        a = [wide(low, high) for _ in range(size)]
        near = lambda x: finite(x * (1 + sign() * 0.9 * 10 ** -rng.uniform(0, 14)), x)
        b = rng.choice([[wide(low, high) for _ in a], [near(a[0])] + [wide(low, high) for _ in a[1:]], [near(x) for x in a]])
        exact = lambda v: [mpf(x) for x in v]
        kind = "beta" if size == 2 else "dirichlet"
        write("kl-of-" + kind, [a, b], lambda: kl_of_shapes(exact(a), exact(b)), 1000)
        write("cross-entropy-of-" + kind, [a, b], lambda: cross_entropy_of_shapes(exact(a), exact(b)), 1000)
        write("entropy-of-" + kind, [a], lambda: cross_entropy_of_shapes(exact(a), exact(a)), 1000)
        m, x, y = [sign() * wide(low, high) for _ in range(2)], wide(low, high), wide(low, high)
        shift = lambda: abs(mpf(m[0]) - mpf(m[1]))
        write("cross-entropy-of-laplace", [[m[0], x], [m[1], y]],
              lambda: log(2 * mpf(y)) + (shift() + x * exp(-shift() / x)) / mpf(y))
        ratio = lambda: mpf(x) / mpf(y)
        write("kl-of-laplace", [[m[0], x], [m[1], y]],
              lambda: ratio() - 1 - log(ratio()) + ratio() * (exp(-shift() / x) - 1 + shift() / x))


CORNERS = [5e-324, 2e-323, 1e-310, 1e-300, 1e-160, 1e-20, 0.3, 1.0, 2.0, 7.0, 1e4, 1e15, 1e150, 1e300, 1.7e308]


def corner(x=None):
    """A corner, or the number given, or one next to it."""
    if x is None or rng.random() < 0.4:
        return rng.choice(CORNERS)
    step = rng.choice([0, 1e-15, 1e-12, 1e-9, 1e-6, 1e-4, 0.1])
    y = x * (1 + sign() * step) if rng.random() < 0.8 else math.nextafter(x, 0.0)
    return y if 0 < y < math.inf else x


def fits(truth):
    # Between the last powers of ten an intermediate may leave the range where the result does not.
    return not 1e307 < abs(truth) < 1e310


def corner_write(name, arguments, truth, digits=1100):
    mp.dps = digits
    value = truth()
    if fits(value):
        write(name, arguments, lambda: value, digits)


def kl_of_gamma(a, b, c, d):
    return loggamma(c) - loggamma(a) - psi(0, a) * (c - a) + a * (d / b - 1) - c * log(d / b)


def entropy_of_gamma(a, b):
    return a - log(b) + loggamma(a) + (1 - a) * psi(0, a)


def shape_corner_cases(count):
    exact = lambda v: [mpf(x) for x in v]
    for i in range(count):
        a = [corner() for _ in range(2 if i % 3 else rng.choice([3, 4]))]
        if i % 5 == 0:
            a = [1.7e308 if x > 1 else x for x in a]
        b = [corner(x) for x in a]
        kind = "beta" if len(a) == 2 else "dirichlet"
        corner_write("kl-of-" + kind, [a, b], lambda: kl_of_shapes(exact(a), exact(b)))
        if i % 4 == 0:
            corner_write("entropy-of-" + kind, [a], lambda: cross_entropy_of_shapes(exact(a), exact(a)))
        x, y = [corner(), corner()], None
        y = [corner(x[0]), corner(x[1])]
        corner_write("kl-of-gamma", [x, y], lambda: kl_of_gamma(*exact(x + y)))
        if i % 4 == 0:
            corner_write("entropy-of-gamma", [x], lambda: entropy_of_gamma(*exact(x)))
            corner_write("cross-entropy-of-gamma", [x, y], lambda: kl_of_gamma(*exact(x + y)) + entropy_of_gamma(*exact(x)))


def scale_corner_cases(count):
    for _ in range(count):
        x = corner()
        y = corner(x)
        m = sign() * corner()
        n = finite(rng.choice([m, sign() * corner(), m + sign() * x * wide(-15, 3)]), m)
        ratio = lambda: mpf(y) / mpf(x)
        corner_write("kl-of-exponential", [x, y], lambda: ratio() - 1 - log(ratio()))
        corner_write("kl-of-poisson", [x, y], lambda: mpf(y) - x - x * log(ratio()))
        corner_write("kl-of-normal-by-std", [[m, x], [n, y]],
                     lambda: log(ratio()) + (mpf(x) ** 2 + (mpf(m) - n) ** 2) / (2 * mpf(y) ** 2) - mpf(1) / 2)
        corner_write("kl-of-uniform", [[0.0, x], [-y, max(x, y)]], lambda: log((mpf(max(x, y)) + y) / x))
        p = rng.choice([rng.choice([5e-324, 1e-300, 1e-16, 0.1, 0.5]), 1 - rng.choice([0.1, 1e-8, 1e-15, 2.0 ** -53])])
        q = rng.choice([p, 1 - p, math.nextafter(p, 0.5), 1e-310, 1 - 1e-12, finite(p * (1 - wide(-15, -1)), p)])
        if 0 < q < 1:
            corner_write("kl-of-bernoulli", [p, q],
                         lambda: p * log(mpf(p) / q) + (1 - mpf(p)) * log((1 - mpf(p)) / (1 - mpf(q))))


def finite_corner_cases(count):
    exact = lambda v: [mpf(x) for x in v]
    kl = lambda u, v: sum(x * log(x / y) - x + y if x else y for x, y in zip(u, v))
    for _ in range(count):
        def rare():
            few = [rng.choice([5e-324, 1e-310, 1e-300, 1e-160, 1e-16]) for _ in range(rng.choice([1, 2]))]
            result = few + [1 - sum(few)]
            rng.shuffle(result)
            return result
        p = rare()
        q = rng.choice([rare(), [math.nextafter(x, 0) if x < 0.5 else x for x in p], [1 / len(p)] * len(p)])
        if len(q) != len(p) or any(x > 0 and y == 0 for x, y in zip(p, q)):
            continue
        middle = lambda: [(x + y) / 2 for x, y in zip(exact(p), exact(q))]
        corner_write("jensen-shannon", [p, q], lambda: (kl(exact(p), middle()) + kl(exact(q), middle())) / 2)
        corner_write("hellinger", [p, q], lambda: sqrt(sum((sqrt(x) - sqrt(y)) ** 2 for x, y in zip(exact(p), exact(q))) / 2))
        corner_write("chi-squared", [p, q], lambda: sum((x - y) ** 2 / y for x, y in zip(exact(p), exact(q)) if y))
        corner_write("renyi", [math.inf, p, q],
                     lambda: max(mpf(0), max(log(x / y) for x, y in zip(exact(p), exact(q)) if x)))
        o = rng.choice([1e-300, 1e-16, 0.3, 1.5])
        if all(p) and all(q):
            corner_write("alpha", [o, p, q], lambda: power_sum(mpf(o), exact(p), exact(q)) / (mpf(o) * (mpf(o) - 1)), 1400)


def far_logit_cases(count):
    for _ in range(count):
        a = sign() * rng.choice([700.0, 744.0, 746.0, 1000.0, 1e4])
        b = rng.choice([a * (1 + rng.choice([1e-15, -1e-9, 0.1])), -a, a / 3, 5.0 * a])
        corner_write("kl-of-bernoulli-logits", [a, b], lambda: kl_of_logits([a, 0.0], [b, 0.0]), 9500)
        corner_write("kl-of-logits", [[a, 0.0, -a], [b, 1.0, -a]], lambda: kl_of_logits([a, 0.0, -a], [b, 1.0, -a]), 9500)


for cases, count in [(logit_cases, 60), (bernoulli_logit_cases, 60), (normal_cases, 60), (location_cases, 50),
                     (uniform_cases, 30), (geometric_cases, 40), (finite_cases, 30), (beta_family_cases, 60),
                     (gamma_cases, 20), (lopsided_cases, 60), (shape_corner_cases, 90), (scale_corner_cases, 40),
                     (finite_corner_cases, 40), (far_logit_cases, 12)]:
    cases(count)
