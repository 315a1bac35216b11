/**
 * The constants of portaudio.h, with its names and in its order, so that both can be read side by side.
 * Source: portaudio.h of PortAudio 19.6 and 19.7; what only a later header has is marked.
 */

// PaErrorCode
export const paNoError = 0;
export const paNotInitialized: number = -10000;
export const paUnanticipatedHostError: number = -9999;
export const paInvalidChannelCount: number = -9998;
export const paInvalidSampleRate: number = -9997;
export const paInvalidDevice: number = -9996;
export const paInvalidFlag: number = -9995;
export const paSampleFormatNotSupported: number = -9994;
export const paBadIODeviceCombination: number = -9993;
export const paInsufficientMemory: number = -9992;
export const paBufferTooBig: number = -9991;
export const paBufferTooSmall: number = -9990;
export const paNullCallback: number = -9989;
export const paBadStreamPtr: number = -9988;
export const paTimedOut: number = -9987;
export const paInternalError: number = -9986;
export const paDeviceUnavailable: number = -9985;
export const paIncompatibleHostApiSpecificStreamInfo: number = -9984;
export const paStreamIsStopped: number = -9983;
export const paStreamIsNotStopped: number = -9982;
export const paInputOverflowed: number = -9981;
export const paOutputUnderflowed: number = -9980;
export const paHostApiNotFound: number = -9979;
export const paInvalidHostApi: number = -9978;
export const paCanNotReadFromACallbackStream: number = -9977;
export const paCanNotWriteToACallbackStream: number = -9976;
export const paCanNotReadFromAnOutputOnlyStream: number = -9975;
export const paCanNotWriteToAnInputOnlyStream: number = -9974;
export const paIncompatibleStreamHostApi: number = -9973;
export const paBadBufferPtr: number = -9972;
/** After 19.7. */
export const paCanNotInitializeRecursively: number = -9971;

// PaDeviceIndex
export const paNoDevice: number = -1;
export const paUseHostApiSpecificDeviceSpecification: number = -2;

// PaHostApiTypeId
export const paInDevelopment = 0;
export const paDirectSound = 1;
export const paMME = 2;
export const paASIO = 3;
export const paSoundManager = 4;
export const paCoreAudio = 5;
export const paOSS = 7;
export const paALSA = 8;
export const paAL = 9;
export const paBeOS = 10;
export const paWDMKS = 11;
export const paJACK = 12;
export const paWASAPI = 13;
export const paAudioScienceHPI = 14;
/** After 19.7. */
export const paAudioIO = 15;
/** After 19.7. */
export const paPulseAudio = 16;
/** After 19.7. */
export const paSndio = 17;

// PaSampleFormat
export const paFloat32 = 0x00000001;
export const paInt32 = 0x00000002;
export const paInt24 = 0x00000004;
export const paInt16 = 0x00000008;
export const paInt8 = 0x00000010;
export const paUInt8 = 0x00000020;
export const paCustomFormat = 0x00010000;
export const paNonInterleaved = 0x80000000;

// Pa_IsFormatSupported
export const paFormatIsSupported = 0;

// PaStream
export const paFramesPerBufferUnspecified = 0;

// PaStreamFlags
export const paNoFlag = 0;
export const paClipOff = 0x00000001;
export const paDitherOff = 0x00000002;
export const paNeverDropInput = 0x00000004;
export const paPrimeOutputBuffersUsingStreamCallback = 0x00000008;
export const paPlatformSpecificFlags = 0xffff0000;

// PaStreamCallbackFlags
export const paInputUnderflow = 0x00000001;
export const paInputOverflow = 0x00000002;
export const paOutputUnderflow = 0x00000004;
export const paOutputOverflow = 0x00000008;
export const paPrimingOutput = 0x00000010;

// PaStreamCallbackResult
export const paContinue = 0;
export const paComplete = 1;
export const paAbort = 2;
