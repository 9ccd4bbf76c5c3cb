package io.lorikeet.gpu;

import static jcuda.driver.JCudaDriver.cuCtxCreate;
import static jcuda.driver.JCudaDriver.cuCtxDestroy;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuInit;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoH;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoD;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;

import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;

/** One context with one module, to launch a kernel on operands and read its result. */
final class Device implements AutoCloseable {
  private static final int THREADS = 256;

  private final CUcontext context = new CUcontext();
  private final CUmodule module = new CUmodule();

  Device(byte[] image) {
    cuInit(0);
    CUdevice device = new CUdevice();
    cuDeviceGet(device, 0);
    cuCtxCreate(context, 0, device);
    cuModuleLoadData(module, image);
  }

  CUdeviceptr put(float[] values) {
    return put(Pointer.to(values), values.length * 4L);
  }

  CUdeviceptr put(short[] values) {
    return put(Pointer.to(values), values.length * 2L);
  }

  CUdeviceptr put(byte[] values) {
    return put(Pointer.to(values), values.length);
  }

  CUdeviceptr put(int[] values) {
    return put(Pointer.to(values), values.length * 4L);
  }

  private static CUdeviceptr put(Pointer values, long bytes) {
    CUdeviceptr address = new CUdeviceptr();
    cuMemAlloc(address, bytes);
    cuMemcpyHtoD(address, values, bytes);
    return address;
  }

  /** Memory that holds NaN. */
  CUdeviceptr room(int floats) {
    CUdeviceptr address = new CUdeviceptr();
    cuMemAlloc(address, floats * 4L);
    return address;
  }

  float[] get(CUdeviceptr address, int floats) {
    float[] values = new float[floats];
    cuMemcpyDtoH(Pointer.to(values), address, floats * 4L);
    return values;
  }

  void launch(String kernel, int blocks, Pointer... parameters) {
    launch(kernel, blocks, 1, parameters);
  }

  void launch(String kernel, int columns, int rows, Pointer... parameters) {
    CUfunction function = new CUfunction();
    cuModuleGetFunction(function, module, kernel);
    cuLaunchKernel(
        function, columns, rows, 1, THREADS, 1, 1, 0, null, Pointer.to(parameters), null);
  }

  static Pointer value(int value) {
    return Pointer.to(new int[] {value});
  }

  static Pointer value(float value) {
    return Pointer.to(new float[] {value});
  }

  @Override
  public void close() {
    cuCtxDestroy(context);
  }
}
