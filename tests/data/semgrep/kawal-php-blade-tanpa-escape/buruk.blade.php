<p>{!! $komentar !!}</p> {{-- TEMUAN --}}
<p>{!! request('cari') !!}</p> {{-- TEMUAN --}}
<p>{!! old('nama') !!}</p> {{-- TEMUAN --}}
