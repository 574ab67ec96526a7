using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TrustRegion;

/// <summary>
/// The limit of a core: multiply-adds on numbers that stay in registers, in the widest vectors of this machine. The chains do
/// not wait for one another, and are as many as hide the latency of a multiply-add and still fit 16 registers.
/// </summary>
internal static class MultiplyAddLoop
{
    private const int Chains = 12;

    /// <summary>
    /// Runs so many rounds, and gives how many multiply-adds of single numbers they made. The numbers go to a place of the
    /// caller's, so that no compiler leaves the work out.
    /// </summary>
    public static long Run(Precision precision, int rounds, out double result) =>
        precision == Precision.Double ? RunDouble(rounds, out result) : RunSingle(rounds, out result);

    private static long RunDouble(int rounds, out double result)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            result = Vector512.Sum(Loop<Vector512<double>, Wide>(rounds, Vector512.Create(0.5), Vector512.Create(0.25)));
            return Count(rounds, Vector512<double>.Count);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            result = Vector256.Sum(Loop<Vector256<double>, Middle>(rounds, Vector256.Create(0.5), Vector256.Create(0.25)));
            return Count(rounds, Vector256<double>.Count);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            result = Vector128.Sum(Loop<Vector128<double>, Narrow>(rounds, Vector128.Create(0.5), Vector128.Create(0.25)));
            return Count(rounds, Vector128<double>.Count);
        }

        result = Loop<double, Scalar>(rounds, 0.5, 0.25);
        return Count(rounds, 1);
    }

    private static long RunSingle(int rounds, out double result)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            result = Vector512.Sum(Loop<Vector512<float>, Wide>(rounds, Vector512.Create(0.5f), Vector512.Create(0.25f)));
            return Count(rounds, Vector512<float>.Count);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            result = Vector256.Sum(Loop<Vector256<float>, Middle>(rounds, Vector256.Create(0.5f), Vector256.Create(0.25f)));
            return Count(rounds, Vector256<float>.Count);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            result = Vector128.Sum(Loop<Vector128<float>, Narrow>(rounds, Vector128.Create(0.5f), Vector128.Create(0.25f)));
            return Count(rounds, Vector128<float>.Count);
        }

        result = Loop<float, Scalar>(rounds, 0.5f, 0.25f);
        return Count(rounds, 1);
    }

    private static long Count(int rounds, int lanes) => (long)Chains * rounds * lanes;

    /// <summary>a ← a x + y in every chain, so many times.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Loop<T, TMultiplyAdd>(int rounds, T x, T y)
        where T : struct
        where TMultiplyAdd : IMultiplyAdd<T>
    {
        T a0 = y, a1 = y, a2 = y, a3 = y, a4 = y, a5 = y, a6 = y, a7 = y, a8 = y, a9 = y, a10 = y, a11 = y;

        for (int round = 0; round < rounds; round++)
        {
            a0 = TMultiplyAdd.Of(a0, x, y);
            a1 = TMultiplyAdd.Of(a1, x, y);
            a2 = TMultiplyAdd.Of(a2, x, y);
            a3 = TMultiplyAdd.Of(a3, x, y);
            a4 = TMultiplyAdd.Of(a4, x, y);
            a5 = TMultiplyAdd.Of(a5, x, y);
            a6 = TMultiplyAdd.Of(a6, x, y);
            a7 = TMultiplyAdd.Of(a7, x, y);
            a8 = TMultiplyAdd.Of(a8, x, y);
            a9 = TMultiplyAdd.Of(a9, x, y);
            a10 = TMultiplyAdd.Of(a10, x, y);
            a11 = TMultiplyAdd.Of(a11, x, y);
        }

        // x again as the weight: whatever these are, all of them are needed for the sum.
        T low = TMultiplyAdd.Of(a0, x, TMultiplyAdd.Of(a1, x, TMultiplyAdd.Of(a2, x, a3)));
        T middle = TMultiplyAdd.Of(a4, x, TMultiplyAdd.Of(a5, x, TMultiplyAdd.Of(a6, x, a7)));
        T high = TMultiplyAdd.Of(a8, x, TMultiplyAdd.Of(a9, x, TMultiplyAdd.Of(a10, x, a11)));
        return TMultiplyAdd.Of(low, x, TMultiplyAdd.Of(middle, x, high));
    }

    /// <summary>a x + y: fused where the machine can, as the kernels do it.</summary>
    private interface IMultiplyAdd<T>
    {
        static abstract T Of(T a, T x, T y);
    }

    private readonly struct Wide : IMultiplyAdd<Vector512<double>>, IMultiplyAdd<Vector512<float>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Of(Vector512<double> a, Vector512<double> x, Vector512<double> y) =>
            Vector512.MultiplyAddEstimate(a, x, y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Of(Vector512<float> a, Vector512<float> x, Vector512<float> y) =>
            Vector512.MultiplyAddEstimate(a, x, y);
    }

    private readonly struct Middle : IMultiplyAdd<Vector256<double>>, IMultiplyAdd<Vector256<float>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Of(Vector256<double> a, Vector256<double> x, Vector256<double> y) =>
            Vector256.MultiplyAddEstimate(a, x, y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Of(Vector256<float> a, Vector256<float> x, Vector256<float> y) =>
            Vector256.MultiplyAddEstimate(a, x, y);
    }

    private readonly struct Narrow : IMultiplyAdd<Vector128<double>>, IMultiplyAdd<Vector128<float>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<double> Of(Vector128<double> a, Vector128<double> x, Vector128<double> y) =>
            Vector128.MultiplyAddEstimate(a, x, y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<float> Of(Vector128<float> a, Vector128<float> x, Vector128<float> y) =>
            Vector128.MultiplyAddEstimate(a, x, y);
    }

    private readonly struct Scalar : IMultiplyAdd<double>, IMultiplyAdd<float>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static double Of(double a, double x, double y) => double.MultiplyAddEstimate(a, x, y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float Of(float a, float x, float y) => float.MultiplyAddEstimate(a, x, y);
    }
}
