<p>{!! $pesan !!}</p> {{-- TEMUAN kawal-php-blade-tanpa-escape --}}
