<p>{{ $komentar }}</p>
<form>{!! csrf_field() !!}</form>
<p>{{ request('cari') }}</p>
