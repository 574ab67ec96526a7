using NUnit.Framework;

// The tests wait for builds of their own, of which two cores make two at a time.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(2)]
