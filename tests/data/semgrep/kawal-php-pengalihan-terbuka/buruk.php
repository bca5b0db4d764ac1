<?php
header("Location: " . $_GET['kembali']); // TEMUAN
header("Refresh: 0; url=" . $_GET['kembali']); // TEMUAN
return Redirect::away($request->query('kembali')); // TEMUAN
