"""Prints family-reference.txt: what families say of outputs at the ends of their range, and divergences of full normals
with covariances of condition up to 1e10, with 20 digits from mpmath.

Run: python3 family_reference.py > family-reference.txt   (mpmath 1.3; the seed is fixed)
Each line: name, arguments, truth; each a list of numbers with commas. Arguments are float64 numbers, taken as exact. The
formulas are the textbook ones in 400 digits (60 for matrices, 40 for integrals).
"""
import random
from mpmath import mp, mpf, cholesky_solve, cosh, det, exp, eigsy, inf, log, matrix, pi, qr, quad, sqrt

rng = random.Random(31415)


def write(name, arguments, truth):
    text = [",".join(repr(float(v)) for v in a) for a in arguments]
    print(name, *text, ",".join(mp.nstr(v, 20) for v in truth))


def softmax(logits):
    top = max(logits)
    weights = [exp(x - top) for x in logits]
    return [w / sum(weights) for w in weights]


def logit():
    return rng.choice([1e4, -1e4, 800.0, -800.0, 0.0, rng.uniform(-30, 30), rng.uniform(-1, 1), 1e4 + rng.uniform(-2, 2)])


def near(logits):
    scale = 10 ** rng.uniform(-9, 1)
    return [x + scale * rng.gauss(0, 1) for x in logits]


def logits_lines():
    mp.dps = 400
    for _ in range(60):
        size = rng.choice([2, 3, 5])
        a = [logit() for _ in range(size)]
        b = near(a) if rng.random() < 0.5 else [logit() for _ in range(size)]
        v = [rng.gauss(0, 1) for _ in range(size)]
        action = rng.randrange(size)
        x, y, w = [list(map(mpf, z)) for z in (a, b, v)]
        p, q = softmax(x), softmax(y)
        entropy = -sum(pi_ * log(pi_) for pi_ in p)
        mean = sum(pi_ * vi for pi_, vi in zip(p, w))
        write("log-probability", [a, [action]], [log(p[action])])
        write("score", [a, [action]], [(1 if i == action else 0) - p[i] for i in range(size)])
        write("kl-gradient", [a, b], [qi - pi_ for pi_, qi in zip(p, q)])
        write("entropy-gradient", [a], [-pi_ * (log(pi_) + entropy) for pi_ in p])
        write("fisher", [a, v], [pi_ * (vi - mean) for pi_, vi in zip(p, w)])


def switch_lines():
    mp.dps = 400
    for _ in range(40):
        a, b = logit(), logit()
        b = near([a])[0] if rng.random() < 0.5 else b
        p, q = 1 / (1 + exp(-mpf(a))), 1 / (1 + exp(-mpf(b)))
        on = rng.randrange(2)
        write("switch-log-probability", [[a], [on]], [log(p) if on else -log(1 + exp(mpf(a)))])
        write("switch-kl-gradient", [[a], [b]], [q - p])
        write("switch-fisher", [[a]], [p * (1 - p)])


def squashed_lines():
    mp.dps = 40
    for mean in [0.0, 0.3, 3.0, 20.0, -800.0, 1e4]:
        for log_std in [-20.0, -3.0, 0.0, 2.0, 6.0]:
            mu, sigma = mpf(mean), exp(mpf(log_std))
            ends = sorted({mu + sigma * k for k in range(-14, 15)} | {x for x in map(mpf, range(-40, 41, 4)) if abs(x - mu) < 14 * sigma})
            # ln(1 - tanh^2) = -2 ln cosh, without overflow.
            term = lambda u: 2 * (log(2) - abs(u) - log(1 + exp(-2 * abs(u))))
            density = lambda u: exp(-((u - mu) / sigma) ** 2 / 2) / (sigma * sqrt(2 * pi))
            moved = quad(lambda u: term(u) * density(u), ends)
            write("squashed-entropy", [[mean, log_std]], [log(2 * pi * exp(1)) / 2 + log_std + moved])


def covariance(size, condition):
    q, _ = qr(matrix(size, size) + matrix([[rng.gauss(0, 1) for _ in range(size)] for _ in range(size)]))
    values = [condition ** -(mpf(i) / (size - 1)) for i in range(size)]
    full = q * mp.diag(values) * q.T
    return [[float(full[max(i, j), min(i, j)]) for j in range(size)] for i in range(size)]


def normal_lines():
    mp.dps = 60
    for power in [0, 2, 4, 6, 8, 10]:
        for size in [2, 3, 5]:
            for close in [False, True]:
                one = covariance(size, mpf(10) ** power)
                other = covariance(size, mpf(10) ** power)
                if close:
                    step = 10 ** rng.uniform(-6, -1)
                    other = [[x * (1 + step) for x in row] for row in one]
                mean1 = [rng.gauss(0, 1) for _ in range(size)]
                mean2 = [m + (1e-4 if close else 1.0) * rng.gauss(0, 1) for m in mean1]
                s1, s2 = matrix(one), matrix(other)
                delta = matrix(mean2) - matrix(mean1)
                inverse = s2 ** -1
                trace = sum((inverse * s1)[i, i] for i in range(size))
                kl = (trace + (delta.T * inverse * delta)[0] - size + log(det(s2) / det(s1))) / 2
                values = eigsy(s2, eigvals_only=True)
                values1 = eigsy(s1, eigvals_only=True)
                worst = max(max(values) / min(values), max(values1) / min(values1))
                flat = lambda rows: [x for row in rows for x in row]
                write("normal-kl", [mean1, flat(one), mean2, flat(other), [worst]], [kl])


logits_lines()
switch_lines()
squashed_lines()
normal_lines()
