<p>{!! $komentar !!}</p> {{-- TEMUAN --}}
