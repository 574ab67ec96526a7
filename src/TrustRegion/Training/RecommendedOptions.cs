namespace TrustRegion;

/// <summary>
/// The recommended settings of the built-in environments: what differs from the defaults. They were chosen by the steps
/// that TRPO needs over several seeds; the other algorithms share them, with a learning rate of their own.
/// </summary>
internal static class RecommendedOptions
{
    public static TrainingOptions For(string environmentName, Algorithm algorithm)
    {
        var common = new TrainingOptions { Algorithm = algorithm, StopAtReturn = Environments.SolvedAt(environmentName) };

        return environmentName switch
        {
            "stay-switch" => WithRates(common, vpg: 0.5, ppo: 1e-2) with { Steps = 20_000, Discount = 0.9, Hidden = [] },

            // A table. Little damping, for states that are seldom visited have little information, which much would drown.
            "cliff-walking" => WithTrustRegion(WithRates(common, vpg: 0.3, ppo: 1e-2), maxKl: 0.01, damping: 1e-3) with
            {
                Steps = 150_000,
                StopAtReturn = -15,
                StepsPerUpdate = 2048,
                Hidden = [],
            },
            "frozen-lake" => WithTrustRegion(WithRates(common, vpg: 0.5, ppo: 1e-3), maxKl: 0.02) with
            {
                Steps = 200_000,
                StepsPerUpdate = 2048,
                Lambda = 0.9,
            },
            "cartpole" => WithRates(common, vpg: 0.5, ppo: 3e-4) with { Steps = 100_000 },
            "acrobot" => WithTrustRegion(WithRates(common, vpg: 0.5, ppo: 1e-3), maxKl: 0.02) with
            {
                Steps = 100_000,
                Lambda = 0.98,
            },

            // Gymnasium gives this task no threshold; at -200 the pendulum is swung up and held from almost every start.
            "pendulum" => WithTrustRegion(WithRates(common, vpg: 0.1, ppo: 1e-3), maxKl: 0.02) with
            {
                Steps = 200_000,
                StopAtReturn = -200,
                StepsPerUpdate = 2048,
                Discount = 0.95,
                NormalizeObservations = true,
            },

            // The goal is far and pays once: a long horizon, and a wide start so that it is found at all.
            "mountain-car-continuous" => WithTrustRegion(WithRates(common, vpg: 0.1, ppo: 1e-3), maxKl: 0.02) with
            {
                Steps = 300_000,
                StepsPerUpdate = 2048,
                Discount = 0.999,
                Lambda = 0.98,
                InitialLogStd = 0.5,
                NormalizeObservations = true,
            },
            _ => common,
        };
    }

    private static TrainingOptions WithRates(TrainingOptions options, double vpg, double ppo) => options with
    {
        Vpg = options.Vpg with { LearningRate = vpg },
        Ppo = options.Ppo with { LearningRate = ppo },
    };

    private static TrainingOptions WithTrustRegion(TrainingOptions options, double maxKl, double damping = 0.1) => options with
    {
        Npg = options.Npg with { MaxKl = maxKl, Damping = damping },
        Trpo = options.Trpo with { MaxKl = maxKl, Damping = damping },
    };
}
