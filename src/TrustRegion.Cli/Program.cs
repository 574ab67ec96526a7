using TrustRegion.Cli;

return await Application.RunAsync(args, Terminal.OfProcess());
