"""Times sb3-contrib's TRPO and stable-baselines3's PPO themselves, beside `trustregion bench` and `trustregion train cartpole`.

They are to be installed, with their Gymnasium; figures in performance.md are of sb3-contrib 2.3.0, stable-baselines3 2.3.2,
Gymnasium 0.29.1, the last that take PyTorch 1.13. Then, on one thread (on the core type see performance.md):

    OPENBLAS_CORETYPE=SkylakeX OPENBLAS_NUM_THREADS=1 taskset -c 0 python3 docs/performance-sb3.py

prints a line of JSON for each measure, as `trustregion bench --json` does:

    fvp                 a product of TRPO.hessian_vector_product
    trpo-update         TRPO.train() without critic
    trpo-critic-update  TRPO.train() with its default critic: 10 epochs of minibatches of 128
    ppo-update          PPO.train() as it is: 10 epochs of minibatches of 64, policy and critic
    train               steps a second of TRPO on CartPole-v1, all defaults

`--solve SEED…` instead trains TRPO on CartPole-v1 until the mean return of the last 100 episodes is 475, and prints the steps.
"""

import argparse
import copy
import json
import time
import warnings

import numpy as np
import torch

warnings.filterwarnings("ignore")

import gymnasium
import stable_baselines3.common.policies as policies
from gymnasium import spaces
from sb3_contrib import TRPO
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.distributions import kl_divergence
from stable_baselines3.common.logger import Logger

# observations, actions, width of both hidden layers, states, Gaussian
SIZES = {"small": (4, 2, 64, 2048, False), "medium": (17, 6, 64, 2048, True), "large": (17, 6, 256, 8192, True)}


class Spaces(gymnasium.Env):
    """Only says what observations and actions are like: batches are filled by hand."""

    def __init__(self, observations, actions, gaussian):
        self.observation_space = spaces.Box(-np.inf, np.inf, (observations,), np.float32)
        self.action_space = spaces.Box(-10, 10, (actions,), np.float32) if gaussian else spaces.Discrete(actions)

    def reset(self, seed=None, options=None):
        return np.zeros(self.observation_space.shape, np.float32), {}

    def step(self, action):
        return np.zeros(self.observation_space.shape, np.float32), 0.0, False, False, {}


def report(seconds, line, work, prepare=lambda: None):
    """Prints median and least milliseconds of `work`, and its least of processor time, after a warm-up."""
    warm = time.perf_counter()
    while time.perf_counter() - warm < seconds / 2:
        prepare()
        work()
    times, processor = [], []
    begin = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begin < seconds:
        prepare()
        start, used = time.perf_counter(), time.thread_time()
        work()
        times.append(1e3 * (time.perf_counter() - start))
        processor.append(1e3 * (time.thread_time() - used))
    figures = {"medianMs": np.median(times), "minMs": min(times), "minProcessorMs": min(processor)}
    print(json.dumps({**line, **{key: round(float(ms), 4) for key, ms in figures.items()}}), flush=True)


def with_batch(algorithm, size, dtype, **options):
    """A model whose buffer holds a batch, and what puts both back to where they were."""
    observations, actions, width, rows, gaussian = SIZES[size]
    layers = {"pi": [width, width], "vf": [width, width]}
    environment = Spaces(observations, actions, gaussian)
    model = algorithm(
        "MlpPolicy", environment, n_steps=rows, policy_kwargs={"net_arch": layers}, device="cpu", seed=1, **options
    )
    model.policy.to(dtype)
    model.set_logger(Logger(None, []))
    number = np.float64 if dtype == torch.float64 else np.float32
    random = np.random.default_rng(1)
    states = random.standard_normal((rows, 1, observations)).astype(number)
    with torch.no_grad():
        sampled, values, log_probabilities = model.policy(torch.as_tensor(states[:, 0]))

    def column(numbers):
        return numbers.reshape(rows, 1).astype(number)

    batch = {
        "observations": states,
        "actions": sampled.numpy().reshape(rows, 1, -1).astype(number),
        "values": column(values.numpy()),
        "log_probs": column(log_probabilities.numpy()),
        "advantages": column(random.standard_normal(rows)),
        "returns": column(random.standard_normal(rows)),
    }
    start = copy.deepcopy(model.policy.state_dict())

    def restore():
        buffer = model.rollout_buffer
        buffer.reset()
        for name, numbers in batch.items():
            setattr(buffer, name, numbers)
        buffer.full = True
        model.policy.load_state_dict(start)

    restore()
    return model, restore


def fisher_product(size, dtype):
    """TRPO.hessian_vector_product, with what TRPO.train() prepares for it."""
    model, _ = with_batch(TRPO, size, dtype)
    data = next(model.rollout_buffer.get(None))
    actions = data.actions if SIZES[size][4] else data.actions.long().flatten()
    with torch.no_grad():
        old = copy.copy(model.policy.get_distribution(data.observations))
    distribution = model.policy.get_distribution(data.observations)
    gain = (data.advantages * torch.exp(distribution.log_prob(actions) - data.old_log_prob)).mean()
    parameters, _, gradient, _ = model._compute_actor_grad(kl_divergence(distribution, old).mean(), gain)
    v = torch.randn_like(gradient)
    return lambda: model.hessian_vector_product(parameters, gradient, v)


def updates(seconds, sizes):
    # Observations in the precision of the network; the library takes single precision always.
    policies.preprocess_obs = lambda observations, *_, **__: observations.to(torch.get_default_dtype())
    for precision, dtype in [("double", torch.float64), ("single", torch.float32)]:
        torch.set_default_dtype(dtype)
        for size in sizes:
            line = {"size": size, "precision": precision, "threads": 1}
            report(seconds, {"what": "fvp", **line}, fisher_product(size, dtype))
            for what, algorithm, options in [
                ("trpo-update", TRPO, {"n_critic_updates": 0}),
                ("trpo-critic-update", TRPO, {}),
                ("ppo-update", PPO, {}),
            ]:
                model, restore = with_batch(algorithm, size, dtype, **options)
                report(seconds, {"what": what, **line}, model.train, restore)


class UntilSolved(BaseCallback):
    def _on_step(self):
        episodes = self.model.ep_info_buffer
        return len(episodes) < 100 or np.mean([e["r"] for e in episodes]) < 475


def cart_pole(seed, steps, callback=None):
    """The steps taken and the seconds that they took."""
    model = TRPO("MlpPolicy", "CartPole-v1", seed=seed, device="cpu")
    start = time.perf_counter()
    model.learn(steps, callback=callback)
    return model.num_timesteps, time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1.0, help="for each measure")
    parser.add_argument("--sizes", nargs="+", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--train", action="store_true", help="the steps a second alone")
    parser.add_argument("--solve", nargs="+", type=int, metavar="SEED")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.solve:
        for seed in arguments.solve:
            steps, seconds = cart_pole(seed, 400_000, UntilSolved())
            print(json.dumps({"what": "solve", "seed": seed, "steps": steps, "stepsPerSecond": round(steps / seconds)}), flush=True)
        return
    steps, seconds = cart_pole(1, 10_000)
    print(json.dumps({"what": "train", "size": "small", "threads": 1, "stepsPerSecond": round(steps / seconds)}), flush=True)
    if not arguments.train:
        updates(arguments.seconds, arguments.sizes)


if __name__ == "__main__":
    main()
