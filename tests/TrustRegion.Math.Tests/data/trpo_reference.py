"""Makes trpo-reference.json: TRPO steps computed with PyTorch, as an outside source for TrustRegion.Math.

Everything is float64. The Fisher-vector product is the field's double backward pass through the mean KL, so it shares
nothing with JT M J; KL, log-probabilities and entropies are those of torch.distributions; the network is torch.nn's.
Conjugate gradients and the line search follow Schulman et al. (2015), appendix C, with the damped curvature.

A case is worth pinning only where it does not depend on rounding. Truncated conjugate gradients do, later on: with a
condition number of 700 the 15th iterate in float64 differs from that of exact arithmetic by 1 %. So the harder cases
run until they have converged.

Run `python3 trpo_reference.py > trpo-reference.json` (made with torch 1.13). Each case holds an input in the format of
`trustregion step` and what came out.
"""
import json
import torch

torch.set_default_dtype(torch.float64)


def network(inputs, hidden, outputs, activation, bias):
    widths = [inputs] + hidden + [outputs]
    layers = []
    for i, (a, b) in enumerate(zip(widths, widths[1:])):
        layers.append(torch.nn.Linear(a, b, bias=bias))
        if i < len(widths) - 2:
            layers.append(torch.nn.Tanh() if activation == "tanh" else torch.nn.ReLU())
    return torch.nn.Sequential(*layers)


def distribution(family, eta, log_std):
    if family == "categorical":
        return torch.distributions.Categorical(logits=eta)
    if family == "bernoulli":
        return torch.distributions.Independent(torch.distributions.Bernoulli(logits=eta), 1)
    return torch.distributions.Independent(torch.distributions.Normal(eta, log_std.exp().expand_as(eta)), 1)


def short(tensor):
    """Numbers of few digits, so that the file stays small and says exactly what was used."""
    return torch.round(tensor * 1000) / 1000


def case(name, seed, family, inputs, hidden, outputs, rows, activation="tanh", bias=True, scale=1.0, off_policy=False, **update):
    torch.manual_seed(seed)
    options = dict(algorithm="trpo", maxKl=0.01, damping=0.1, cgIterations=15, cgTolerance=1e-10, backtrackRatio=0.8,
                   maxBacktracks=10, minImprovementRatio=0.0, normalizeAdvantages=False)
    options.update(update)
    net = network(inputs, hidden, outputs, activation, bias)
    log_std = torch.nn.Parameter(short(-0.5 + 0.3 * torch.randn(outputs))) if family == "gaussian" else None
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(short(scale * torch.randn_like(p) / (p.shape[-1] ** 0.5)))
    params = list(net.parameters()) + ([log_std] if log_std is not None else [])
    obs = short(torch.randn(rows, inputs))
    with torch.no_grad():
        actions = distribution(family, net(obs), log_std).sample()
    if family == "gaussian":
        actions = short(actions)
    adv = short(torch.randn(rows))

    def dist():
        return distribution(family, net(obs), log_std)

    with torch.no_grad():
        old = distribution(family, net(obs).clone(), None if log_std is None else log_std.clone())
        old_logp = old.log_prob(actions)
        if off_policy:
            old_logp = short(old_logp + 0.2 * torch.randn(rows))

    def surrogate():
        return (torch.exp(dist().log_prob(actions) - old_logp) * adv).mean()

    def mean_kl():
        return torch.distributions.kl_divergence(old, dist()).mean()

    def flat(tensors):
        return torch.cat([t.reshape(-1) for t in tensors])

    def assign(vector):
        at = 0
        with torch.no_grad():
            for p in params:
                p.copy_(vector[at:at + p.numel()].reshape(p.shape))
                at += p.numel()

    theta = flat(params).detach().clone()
    g = flat(torch.autograd.grad(surrogate(), params)).detach()

    def product(v):
        first = flat(torch.autograd.grad(mean_kl(), params, create_graph=True))
        return flat(torch.autograd.grad((first * v).sum(), params)).detach()

    def damped(v):
        return product(v) + options["damping"] * v

    x, r = torch.zeros_like(g), g.clone()
    p, rr, iterations = r.clone(), r @ r, 0
    while iterations < options["cgIterations"] and r.norm() > options["cgTolerance"] * g.norm():
        q = damped(p)
        alpha = rr / (p @ q)
        x, r = x + alpha * p, r - alpha * q
        rr_new = r @ r
        p, rr, iterations = r + rr_new / rr * p, rr_new, iterations + 1

    curvature = x @ damped(x)
    size = (2 * options["maxKl"] / curvature).sqrt()
    step, gain = size * x, size * (g @ x)
    before = surrogate().item()
    accepted, fraction = False, 1.0
    for backtracks in range(options["maxBacktracks"] + 1):
        assign(theta + fraction * step)
        with torch.no_grad():
            after, kl = surrogate().item(), mean_kl().item()
        improvement = after - before
        if kl <= options["maxKl"] and improvement > 0 and improvement >= options["minImprovementRatio"] * fraction * gain.item():
            accepted = True
            break
        fraction *= options["backtrackRatio"]
    if not accepted:
        assign(theta)
        kl, after, fraction = 0.0, before, 0.0

    def layers():
        linear = [m for m in net if isinstance(m, torch.nn.Linear)]
        start = 0
        for m in linear:
            count = m.weight.numel()
            layer = {"weights": theta[start:start + count].reshape(m.weight.shape).tolist()}
            start += count
            if bias:
                layer["biases"] = theta[start:start + m.bias.numel()].tolist()
                start += m.bias.numel()
            yield layer

    policy = {"family": family, "network": {"activation": activation, "layers": list(layers())}}
    if log_std is not None:
        policy["logStd"] = theta[-outputs:].tolist()
    batch = {"observations": obs.tolist(), "actions": [int(a) for a in actions] if family == "categorical" else actions.tolist(),
             "advantages": adv.tolist()}
    if off_policy:
        batch["logProbabilities"] = old_logp.tolist()
    return {
        "name": name,
        "input": {"policy": policy, "batch": batch, "update": options},
        "expected": {"outcome": "accepted" if accepted else "rejected", "parameters": flat(params).detach().tolist(), "meanKl": kl,
                     "surrogateBefore": before, "surrogateAfter": after, "predictedGain": (fraction if accepted else 1.0) * gain.item(),
                     "gradientNorm": g.norm().item(), "cgIterations": iterations, "curvature": curvature.item(),
                     "stepSize": size.item(), "stepFraction": fraction, "backtracks": backtracks},
    }


cases = [
    case("categorical, table of 3 states", 1, "categorical", 3, [], 3, 12, bias=False),
    case("categorical, linear", 2, "categorical", 4, [], 3, 32),
    case("categorical, one hidden layer of tanh, off policy", 3, "categorical", 4, [8], 2, 64, off_policy=True),
    case("categorical, two hidden layers of relu", 4, "categorical", 3, [7, 6], 4, 40, activation="relu", scale=1.5, cgIterations=120),
    case("categorical, three hidden layers, one row", 5, "categorical", 2, [5, 4, 3], 3, 1),
    case("categorical, 200 rows, all iterations", 6, "categorical", 2, [6], 3, 200, cgTolerance=0.0, cgIterations=10),
    case("bernoulli, linear, off policy", 7, "bernoulli", 3, [], 2, 24, off_policy=True),
    case("bernoulli, one hidden layer of relu", 8, "bernoulli", 2, [9], 3, 48, activation="relu", scale=1.5, cgIterations=120),
    case("bernoulli, two hidden layers of tanh, large region", 9, "bernoulli", 3, [6, 5], 2, 30, maxKl=0.3, damping=0.01, scale=2.0, cgIterations=200),
    case("bernoulli, three hidden layers", 10, "bernoulli", 2, [4, 4, 4], 1, 16),
    case("gaussian, linear without biases", 11, "gaussian", 3, [], 1, 20, bias=False),
    case("gaussian, one hidden layer of tanh", 12, "gaussian", 3, [8], 2, 64, cgIterations=8),
    case("gaussian, two hidden layers of relu, off policy", 13, "gaussian", 4, [8, 6], 3, 50, activation="relu", off_policy=True, scale=1.5, cgIterations=400),
    case("gaussian, three hidden layers, one row", 14, "gaussian", 2, [5, 4, 3], 2, 1, maxKl=0.05),
    case("gaussian, large region with many backtracks", 15, "gaussian", 2, [6], 2, 25, maxKl=1.0, damping=1e-3, minImprovementRatio=0.1, cgIterations=400),
    case("gaussian, an impossible improvement is rejected", 16, "gaussian", 2, [4], 1, 10, minImprovementRatio=50.0),
]
print(json.dumps(cases, separators=(",", ":")))
