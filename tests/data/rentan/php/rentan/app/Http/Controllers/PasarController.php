<?php

namespace App\Http\Controllers;

use App\Models\Pasar;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\DB;

class PasarController
{
    public function cari(Request $request)
    {
        return DB::select("SELECT * FROM pasar WHERE nama = '" . $request->input("nama") . "'"); // TEMUAN kawal-php-sql-dari-masukan
    }

    public function simpan(Request $request)
    {
        return Pasar::create($request->all()); // TEMUAN kawal-php-laravel-isian-massal
    }

    public function daftar(Request $request)
    {
        $sandi = md5($request->input("sandi")); // TEMUAN kawal-php-hash-kata-sandi-lemah
        return redirect($request->input("kembali")); // TEMUAN kawal-php-pengalihan-terbuka
    }
}
