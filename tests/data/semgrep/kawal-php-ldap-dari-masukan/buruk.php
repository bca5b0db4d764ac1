<?php
$hasil = ldap_search($ldap, $dn, '(uid=' . $_POST['uid'] . ')'); // TEMUAN
$simpul = $xml->xpath("//pegawai[nip='" . $request->nip . "']"); // TEMUAN
