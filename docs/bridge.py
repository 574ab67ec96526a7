"""Serves a Gymnasium environment to TrustRegion, a line of JSON at a time: python3 bridge.py CartPole-v1 [--import MODULE]

Needs `pip install gymnasium`. The protocol is described in environment-process.md.
"""

import argparse
import importlib
import json
import os
import signal
import sys

import gymnasium
import numpy
from gymnasium import spaces

PROTOCOL = 1


def bounds(values):
    """The numbers of a bound; null stands for none."""
    return [float(v) if numpy.isfinite(v) else None for v in numpy.ravel(values)]


def describe(space):
    """An action space in the protocol's words."""
    if isinstance(space, spaces.Discrete):
        return {"type": "discrete", "count": int(space.n)}
    if isinstance(space, spaces.MultiDiscrete):
        return {"type": "multi-discrete", "counts": [int(n) for n in numpy.ravel(space.nvec)]}
    if isinstance(space, spaces.MultiBinary):
        return {"type": "multi-binary", "count": int(numpy.prod(space.shape))}
    if isinstance(space, spaces.Box):
        return {"type": "box", "low": bounds(space.low), "high": bounds(space.high)}
    if isinstance(space, spaces.Tuple):
        return {"type": "tuple", "spaces": [describe(part) for part in space.spaces]}
    raise ValueError(f"the action space {space} has no counterpart")


def take(space, numbers):
    """An action of a space from the front of a list of numbers, which is shortened."""
    if isinstance(space, spaces.Discrete):
        return int(numbers.pop(0)) + int(space.start)
    if isinstance(space, spaces.Tuple):
        return tuple(take(part, numbers) for part in space.spaces)
    count = int(numpy.prod(space.shape))
    row, numbers[:count] = numbers[:count], []
    action = numpy.asarray(row, dtype=space.dtype).reshape(space.shape)
    return action + getattr(space, "start", 0) if isinstance(space, spaces.MultiDiscrete) else action


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("environment", help="the id of the environment, such as CartPole-v1")
    parser.add_argument("--import", dest="module", help="a module to import first, which registers environments")
    options = parser.parse_args()

    # Ctrl-C in a terminal reaches this process too; the trainer ends it by closing its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever an environment prints must not come between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    if options.module:
        importlib.import_module(options.module)
    environment = gymnasium.make(options.environment)

    def observe(observation):
        return [float(v) for v in spaces.flatten(environment.observation_space, observation)]

    def answer(message):
        if message["command"] == "hello":
            size = spaces.flatdim(environment.observation_space)
            return {"protocol": PROTOCOL, "name": options.environment, "observationSize": size,
                    "actionSpace": describe(environment.action_space)}
        if message["command"] == "reset":
            observation, _ = environment.reset(seed=message["seed"])
            return {"observation": observe(observation)}
        if message["command"] == "step":
            action = take(environment.action_space, list(message["action"]))
            observation, reward, terminated, truncated, _ = environment.step(action)
            return {"observation": observe(observation), "reward": float(reward),
                    "terminated": bool(terminated), "truncated": bool(truncated)}
        raise ValueError(f"unknown command {message['command']!r}")

    for line in sys.stdin:
        try:
            text = json.dumps(answer(json.loads(line)), allow_nan=False)
        except Exception as fault:  # the trainer ends with what went wrong
            text = json.dumps({"error": f"{type(fault).__name__}: {fault}"})
        print(text, file=answers, flush=True)
    environment.close()


if __name__ == "__main__":
    main()
