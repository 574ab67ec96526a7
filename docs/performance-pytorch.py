"""The other side of the figures in performance.md: the same work in PyTorch and in NumPy, on one thread.

On Debian: apt-get install python3-torch python3-numpy libopenblas0-pthread (without the last, matrix products are slow). Then:

    OPENBLAS_CORETYPE=SkylakeX OPENBLAS_NUM_THREADS=1 taskset -c 0 python3 docs/performance-pytorch.py

(the core type only where OpenBLAS does not know the processor and takes it for an old one) prints a line of JSON for each measure, as `trustregion bench --json` does. The formulas are

    double-backward   H v as sb3-contrib's TRPO takes it: the gradient of the mean KL with a graph, times v, once more backward
    vjp-of-vjp        Jᵀ M J v on a graph that is kept: J v as the derivative of Jᵀ u in u, then one backward pass
    numpy             Jᵀ M J v written out by hand on matrices
"""

import json
import sys
import time

import numpy as np
import torch

torch.set_num_threads(1)

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
SIZES = {
    "small": ([4, 64, 64, 2], 2048, False),
    "medium": ([17, 64, 64, 6], 2048, True),
    "large": ([17, 256, 256, 6], 8192, True),
}


def measure(work):
    """Median and least milliseconds of `work`, and its least of processor time, after a warm-up."""
    warm = time.perf_counter()
    while time.perf_counter() - warm < SECONDS / 2:
        work()
    times, processor = [], []
    begin = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begin < SECONDS:
        start, used = time.perf_counter(), time.thread_time()
        work()
        times.append(1e3 * (time.perf_counter() - start))
        processor.append(1e3 * (time.thread_time() - used))
    return float(np.median(times)), min(times), min(processor)


def report(what, size, precision, work):
    median, least, processor = (round(ms, 4) for ms in measure(work))
    line = {"what": what, "size": size, "precision": precision, "threads": 1}
    print(json.dumps({**line, "medianMs": median, "minMs": least, "minProcessorMs": processor}), flush=True)


class Policy(torch.nn.Module):
    """A tanh network, and log standard deviations beside it where the actions are real."""

    def __init__(self, widths, gaussian):
        super().__init__()
        layers = []
        for i, o in zip(widths, widths[1:]):
            layers += [torch.nn.Linear(i, o), torch.nn.Tanh()]
        self.network = torch.nn.Sequential(*layers[:-1])
        self.log_std = torch.nn.Parameter(torch.zeros(widths[-1])) if gaussian else None

    def forward(self, observations):
        outputs = self.network(observations)
        if self.log_std is None:
            return (outputs,)
        return outputs, self.log_std.expand_as(outputs)

    def distribution(self, observations):
        out = self(observations)
        if self.log_std is None:
            return torch.distributions.Categorical(logits=out[0])
        return torch.distributions.Independent(torch.distributions.Normal(out[0], out[1].exp()), 1)


def flat(tensors):
    return torch.cat([t.reshape(-1) for t in tensors])


def split(vector, parameters):
    return [part.view_as(p) for part, p in zip(vector.split([p.numel() for p in parameters]), parameters)]


def double_backward(policy, observations):
    """sb3-contrib's product: the graph of the gradient is made once, as its conjugate gradients do."""
    parameters = list(policy.parameters())
    with torch.no_grad():
        old = policy.distribution(observations)
    kl = torch.distributions.kl_divergence(old, policy.distribution(observations)).mean()
    gradient = flat(torch.autograd.grad(kl, parameters, create_graph=True))

    def product(v):
        return flat(torch.autograd.grad((gradient * v).sum(), parameters, retain_graph=True))

    return product


def vjp_of_vjp(policy, observations):
    """Jᵀ M J v, where J v is the derivative of u ↦ Jᵀ u: both graphs are made once and kept."""
    parameters = list(policy.parameters())
    outputs = policy(observations)
    dummies = [torch.zeros_like(o, requires_grad=True) for o in outputs]
    backward = torch.autograd.grad(outputs, parameters, grad_outputs=dummies, create_graph=True)
    n = observations.shape[0]
    if policy.log_std is None:
        p = torch.softmax(outputs[0].detach(), 1)
    else:
        precision = torch.exp(-2.0 * outputs[1].detach())

    def product(v):
        tangents = torch.autograd.grad(backward, dummies, grad_outputs=split(v, parameters), retain_graph=True)
        if policy.log_std is None:
            weighted = [p * (tangents[0] - (p * tangents[0]).sum(1, keepdim=True)) / n]
        else:
            weighted = [tangents[0] * precision / n, 2.0 * tangents[1] / n]
        return flat(torch.autograd.grad(outputs, parameters, grad_outputs=weighted, retain_graph=True))

    return product


def by_hand(policy, observations):
    """Jᵀ M J v on NumPy arrays; what depends on the point is computed once."""
    linear = [m for m in policy.network if isinstance(m, torch.nn.Linear)]
    weights = [m.weight.detach().numpy() for m in linear]
    x = observations.numpy()
    n = x.shape[0]
    activations = [x]
    for i, m in enumerate(linear):
        z = activations[-1] @ weights[i].T + m.bias.detach().numpy()
        activations.append(np.tanh(z) if i + 1 < len(linear) else z)
    slopes = [1 - a * a for a in activations[1:-1]]
    eta = activations[-1]
    if policy.log_std is None:
        p = np.exp(eta - eta.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
    else:
        log_std = policy.log_std.detach().numpy()

    def product(v):
        place = 0
        if policy.log_std is not None:
            std_direction = v[: log_std.size]
            place = log_std.size
        directions = []
        for w in weights:
            dw = v[place : place + w.size].reshape(w.shape)
            place += w.size
            directions.append((dw, v[place : place + w.shape[0]]))
            place += w.shape[0]
        moved = None
        for i, (dw, db) in enumerate(directions):
            dz = activations[i] @ dw.T + db
            if moved is not None:
                dz += moved @ weights[i].T
            moved = dz * slopes[i] if i < len(slopes) else dz
        if policy.log_std is None:
            u = p * (moved - (p * moved).sum(1, keepdims=True)) / n
        else:
            u = moved * np.exp(-2 * log_std) / n
        parts = []
        for i in reversed(range(len(weights))):
            parts += [u.sum(0), (u.T @ activations[i]).ravel()]
            if i > 0:
                u = (u @ weights[i]) * slopes[i - 1]
        if policy.log_std is not None:
            parts.append(2.0 * std_direction)
        return np.concatenate(parts[::-1])

    return product


def trpo_update(policy, observations, actions, advantages, products=9, damping=0.1, max_kl=0.01):
    """The policy's part of sb3-contrib's TRPO update, with so many products."""
    parameters = list(policy.parameters())
    start = flat([p.detach() for p in parameters]).clone()

    def restore(vector):
        with torch.no_grad():
            for p, part in zip(parameters, split(vector, parameters)):
                p.copy_(part)

    def update():
        restore(start)
        with torch.no_grad():
            old = policy.distribution(observations)
            old_log = old.log_prob(actions)
        distribution = policy.distribution(observations)
        ratio = torch.exp(distribution.log_prob(actions) - old_log)
        objective = (advantages * ratio).mean()
        kl = torch.distributions.kl_divergence(old, distribution).mean()
        g = flat(torch.autograd.grad(objective, parameters, retain_graph=True))
        gkl = flat(torch.autograd.grad(kl, parameters, create_graph=True))

        def product(v):
            return flat(torch.autograd.grad((gkl * v).sum(), parameters, retain_graph=True)) + damping * v

        x = torch.zeros_like(g)
        r, p = g.clone(), g.clone()
        rr = r @ r
        for _ in range(products):
            q = product(p)
            alpha = rr / (p @ q)
            x += alpha * p
            r -= alpha * q
            rr, before = r @ r, rr
            p = r + rr / before * p
        step = torch.sqrt(2 * max_kl / (x @ product(x)))
        fraction = 1.0
        with torch.no_grad():
            for _ in range(10):
                restore(start + fraction * step * x)
                new = policy.distribution(observations)
                gain = (advantages * torch.exp(new.log_prob(actions) - old_log)).mean()
                if torch.distributions.kl_divergence(old, new).mean() < max_kl and gain > objective:
                    break
                fraction *= 0.8

    return update


def ppo_update(policy, observations, actions, advantages, epochs=10, batch=64):
    """The policy's part of stable-baselines3's PPO update."""
    optimiser = torch.optim.Adam(policy.parameters(), lr=3e-4)
    with torch.no_grad():
        old_log = policy.distribution(observations).log_prob(actions)

    def update():
        for _ in range(epochs):
            for rows in torch.randperm(len(observations)).split(batch):
                ratio = torch.exp(policy.distribution(observations[rows]).log_prob(actions[rows]) - old_log[rows])
                a = advantages[rows]
                loss = -torch.min(a * ratio, a * ratio.clamp(0.8, 1.2)).mean()
                optimiser.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(policy.parameters(), 0.5)
                optimiser.step()

    return update


def critic_fit(widths, observations, returns, epochs=10, batch=128):
    """The critic's part of sb3-contrib's TRPO update, by its defaults."""
    critic = Policy(widths[:-1] + [1], False).network
    optimiser = torch.optim.Adam(critic.parameters(), lr=1e-3)

    def update():
        for _ in range(epochs):
            for rows in torch.randperm(len(observations)).split(batch):
                loss = torch.nn.functional.mse_loss(critic(observations[rows]).flatten(), returns[rows])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()

    return update


def main():
    for precision, dtype in [("double", torch.float64), ("single", torch.float32)]:
        torch.set_default_dtype(dtype)
        for size, (widths, n, gaussian) in SIZES.items():
            torch.manual_seed(1)
            policy = Policy(widths, gaussian)
            observations = torch.randn(n, widths[0])
            with torch.no_grad():
                actions = policy.distribution(observations).sample()
            advantages = torch.randn(n)
            v = torch.randn(sum(p.numel() for p in policy.parameters()))

            one, two = double_backward(policy, observations), vjp_of_vjp(policy, observations)
            three = by_hand(policy, observations)
            # The three say the same, or none is worth measuring.
            expected = one(v)
            tolerance = 1e-9 if dtype == torch.float64 else 2e-4
            for other in (two(v), torch.from_numpy(three(v.numpy()))):
                assert torch.linalg.norm(other - expected) < tolerance * torch.linalg.norm(expected), size

            report("fvp double-backward", size, precision, lambda: one(v))
            report("fvp vjp-of-vjp", size, precision, lambda: two(v))
            vector = v.numpy()
            report("fvp numpy", size, precision, lambda: three(vector))
            report("trpo-update", size, precision, trpo_update(policy, observations, actions, advantages))
            report("ppo-update", size, precision, ppo_update(policy, observations, actions, advantages))
            report("critic-fit", size, precision, critic_fit(widths, observations, advantages))


if __name__ == "__main__":
    main()
